"""What happens to every request around its handler, one thing a file. The order is in `server.web.routes`."""
