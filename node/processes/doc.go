// Package processes tests nodes as processes: real ones of cmd/senkei-node, that are
// stopped, killed, added and removed while clients write, and whose disks fill up. All of
// it is tests, for Linux; start at newCluster.
package processes
