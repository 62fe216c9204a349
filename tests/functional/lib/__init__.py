"""What the functional tests share: namespaces, real routers, a BGP speaker in Python, captures, control socket."""
