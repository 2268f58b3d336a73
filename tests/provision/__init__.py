"""What some tests need beside Python and Node: a real engine and a browser. `python -m tests.provision` gets it."""
