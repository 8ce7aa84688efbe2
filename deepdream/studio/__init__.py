"""Paint what the network dreams, live, in the browser. `server` is the only entrance; it needs the extra `studio`."""
