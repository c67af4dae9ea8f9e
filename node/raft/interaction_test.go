package raft

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"senkei/node/marks"
)

// TestInteractions plays the scripts of testdata. Every line down to "----" is a command,
// what follows is the trace of all servers; "go test -run TestInteractions -rewrite"
// records it anew. The commands:
//
//	cluster N margin=4 lease
//	                        start n1 … nN with empty disks on a whole network; with a margin
//	                        they compact their logs, with the word they have leases
//	disk n1 term=2 vote=n3 log=1,1,2 commit=1
//	                        restart n1 with this disk; the log is given by its terms
//	timeout n1              wait until n1's election timer runs out
//	elect n1                timeout n1, and deliver quietly what makes it the leader
//	lead n1                 have n1 elected and everybody know what it committed, without a trace
//	time 20ms n1 n2         let time pass; only the servers named notice
//	run 200ms LINKS         let time pass for all and deliver all, quietly but on these links
//	propose n1 x bytes=9    offer a command to n1, padded to a size if given
//	read n1 7 lease         ask n1 to confirm the read 7, by its lease if the word is there
//	newcomer n4             start a server that belongs to no cluster yet
//	add n1 n4, remove n1 n4 ask n1 to change the configuration
//	transfer n1 n2          ask n1 to hand its leadership to n2, or to anyone if only n1 is named
//	deliver LINKS nth=2     deliver what is under way, in order and with all that follows
//	                        from it on these links; with nth only that message
//	drop LINKS nth=2        lose what is under way
//	repeat LINKS nth=2      put a second copy of one message at the end of what is under way
//	cut LINKS, heal         lose whatever is sent on these links, or on none again
//	slow n1, persist n1     let n1's writes wait, make the oldest of them durable
//	crash n1, restart n1    lose what is not durable, start from what is
//	status n1 n2            how these servers, or all of them, stand
//
// LINKS are of the form n1->n2, n1->*, *->n1, n1 (both ways) or all. The word quietly at the
// end of a line leaves only its turning points in the trace.
func TestInteractions(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			play(t, path)
		})
	}
}

// play plays one script, compares the trace with the recorded one, and returns what was hit.
func play(t *testing.T, path string) (hit marks.Counts) {
	var s *stage
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd == "cluster" {
			s = newStage(t, &hit)
		}
		s.do(d.FullCmd())
		for line := range strings.Lines(d.Input) {
			s.do(strings.TrimSpace(line))
		}
		return s.takeTrace()
	})
	return hit
}

// do executes one line of a script.
func (s *stage) do(line string) {
	cmd, args, err := datadriven.ParseLine(line)
	require.NoError(s.t, err)
	a := arguments{t: s.t, line: line, named: map[string][]string{}}
	for _, arg := range args {
		switch {
		case arg.Key == "quietly":
			s.quiet = true
		case len(arg.Vals) > 0:
			require.Contains(s.t, []string{"term", "vote", "log", "commit", "bytes", "nth", "margin"}, arg.Key, line)
			a.named[arg.Key] = arg.Vals
		default:
			a.plain = append(a.plain, arg.Key)
		}
	}
	s.command(cmd, a)
	s.quiet = false
}

func (s *stage) command(cmd string, a arguments) {
	switch cmd {
	case "cluster":
		s.margin, s.lease = a.optional("margin"), slices.Contains(a.plain, "lease")
		s.start(int(a.number(a.at(0))))
	case "newcomer":
		s.newcomer(a.id(0))
	case "add":
		s.reconfigure(a.id(0), Change{Kind: AddServer, Server: Server{ID: a.id(1)}})
	case "remove":
		s.reconfigure(a.id(0), Change{Kind: RemoveServer, Server: Server{ID: a.id(1)}})
	case "transfer":
		s.transfer(a.id(0), ID(strings.Join(a.plain[1:], "")))
	case "disk":
		s.disk(a.id(0), a)
	case "timeout":
		s.timeout(a.id(0))
	case "elect":
		s.elect(a.id(0))
	case "lead":
		s.lead(a.id(0))
	case "time":
		s.pass(a.duration(0), a.ids(1)...)
	case "run":
		s.run(a.duration(0), a.plain[1:])
	case "propose":
		s.propose(a.id(0), a.at(1), int(a.optional("bytes")))
	case "read":
		s.read(a.id(0), a.number(a.at(1)), slices.Contains(a.plain, "lease"))
	case "deliver":
		s.deliver(a.plain, int(a.optional("nth")))
	case "drop":
		s.drop(a.plain, int(a.optional("nth")))
	case "repeat":
		s.repeat(a.plain, int(a.optional("nth")))
	case "cut":
		s.cut = append(s.cut, a.plain...)
	case "heal":
		s.cut = nil
	case "slow":
		s.slow[a.id(0)] = true
	case "persist":
		s.persist(a.id(0))
	case "crash":
		s.crash(a.id(0))
	case "restart":
		s.restart(a.id(0))
	case "status":
		s.status(a.ids(0))
	default:
		require.FailNow(s.t, "no such command", a.line)
	}
}

// arguments are those of one line.
type arguments struct {
	t     *testing.T
	line  string
	plain []string
	named map[string][]string
}

func (a arguments) at(i int) string {
	require.Greater(a.t, len(a.plain), i, "%s: too few arguments", a.line)
	return a.plain[i]
}

func (a arguments) id(i int) ID { return ID(a.at(i)) }

func (a arguments) ids(from int) []ID {
	var ids []ID
	for _, s := range a.plain[from:] {
		ids = append(ids, ID(s))
	}
	return ids
}

func (a arguments) number(s string) uint64 {
	var n uint64
	_, err := fmt.Sscan(s, &n)
	require.NoError(a.t, err, a.line)
	return n
}

// optional returns the number given as name=number, else 0.
func (a arguments) optional(name string) uint64 {
	if len(a.named[name]) == 0 {
		return 0
	}
	return a.number(a.named[name][0])
}

func (a arguments) duration(i int) time.Duration {
	d, err := time.ParseDuration(a.at(i))
	require.NoError(a.t, err, a.line)
	return d
}
