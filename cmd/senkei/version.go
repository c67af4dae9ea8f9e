package main

// version is the commit that this binary was built from. `make build` sets it.
var version = "devel"
