package main

// version is the commit that this binary was built from. `make build` sets it.
var version = "devel"

// builtWith is the bug that was put into the node's code in this binary, or nothing.
// bugs.Build sets it.
var builtWith string
