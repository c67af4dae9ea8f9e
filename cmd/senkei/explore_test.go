package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/explore"
)

func TestAnExplorationEndsWithAVerdict(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{[]string{"--depth", "5"}, 0, []string{"depth  5: 1280 states, 3136 transitions in ", "HOLDS: every state within 5 actions"}},
		{[]string{"--depth", "50", "--nodes", "2", "--terms", "0", "--entries", "0"}, 0, []string{"HOLDS: no action leads to a new state any more"}},
		{[]string{"--depth", "8", "--states", "2000"}, 2, []string{
			"depth  5: ", "UNKNOWN: stopped by --states 2000", "Depth 5 was completed", "of the 1037 states new at that depth, ", "Depth 8 was asked for"}},
		{[]string{"--depth", "50", "--time", "100ms"}, 2, []string{"UNKNOWN: stopped by --time"}},
		{[]string{"--depth", "50", "--memory", "20"}, 2, []string{"UNKNOWN: stopped by --memory 20"}},
	} {
		code, stdout, stderr := senkei(append([]string{"explore"}, c.args...)...)
		require.Equal(t, c.code, code, "%v: %s%s", c.args, stdout, stderr)
		for _, says := range c.says {
			require.Contains(t, stdout, says, "%v", c.args)
		}
	}
}

func TestAnInterruptedExplorationIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, err bytes.Buffer
	require.Equal(t, 2, execute(ctx, []string{"explore"}, &out, &err))
	require.Contains(t, out.String(), "UNKNOWN: interrupted")
}

func TestABrokenPromiseIsTold(t *testing.T) {
	var out bytes.Buffer
	r := explore.Result{Violation: &explore.Violation{
		Invariant: "I1, election safety (§5.2)", Text: "n1 and n2 both led term 1",
		Trace: []string{"n1 crashes and restarts"}, State: []string{"n1 follower of term 1, log [ | ]"},
	}}
	require.Equal(t, verdict(1), printExplored(&out, r, explore.Options{}, time.Second))
	require.Equal(t, `
BROKEN: I1, election safety (§5.2): n1 and n2 both led term 1
The shortest way there:
  1. n1 crashes and restarts
The servers then:
     n1 follower of term 1, log [ | ]
`, out.String())
}
