"""The tools that the server lends to runners."""
