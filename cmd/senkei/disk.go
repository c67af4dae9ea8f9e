package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"senkei/harness"
)

// What an operation takes on the disk, as runs were measured: 246 bytes of JSON Lines, which
// zstd packs to about 30, and what nodes answer in a second, for each node.
const (
	operationBytes       = 250
	packedOperationBytes = 35
	observationBytes     = 2000
	// unboundedRate stands for as many operations a second as a cluster answers, where no
	// rate bounds them.
	unboundedRate = 5000
)

// diskUse says how much of the disk a run will take, beside what its nodes store, and how much
// there is, both in bytes.
func diskUse(t harness.Test, free uint64) string {
	rate, as := t.Rate, ""
	if rate == 0 {
		rate, as = unboundedRate, fmt.Sprintf(", if %d operations a second are answered", unboundedRate)
	}
	each := float64(operationBytes)
	if t.Compress {
		each = packedOperationBytes
	}
	seconds := time.Duration(t.Time).Seconds()
	needed := seconds * (rate*each + float64(len(t.Nodes)*observationBytes))
	text := fmt.Sprintf("Disk: the history may take %s%s; %s are free", amount(needed), as, amount(float64(free)))
	if needed > float64(free) {
		text += ", so the run may end early"
		if !t.Compress {
			text += "; --compress takes a seventh"
		}
	}
	return text
}

// amount writes a number of bytes.
func amount(bytes float64) string {
	const kilo = 1000
	units := []string{"B", "kB", "MB", "GB", "TB"}
	n := 0
	for bytes >= kilo && n < len(units)-1 {
		bytes /= kilo
		n++
	}
	if bytes < 10 && n > 0 {
		return fmt.Sprintf("%.1f %s", bytes, units[n])
	}
	return fmt.Sprintf("%.0f %s", bytes, units[n])
}

// free returns how many bytes there are for a directory, 0 where nobody knows.
func free(dir string) uint64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
