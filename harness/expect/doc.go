// Package expect decides whether a run showed what its schedule expects beside a right
// history: that logs agree, that a new leader appears, that nothing is committed without a
// majority. It judges what a monitor noted and reads no clock. Start at Judge.
package expect
