"""Sessions: what is said in them, the runs that answer, and the permissions that those ask for."""
