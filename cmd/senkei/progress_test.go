package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/harness"
)

func TestViolationsAreToldAtOnceTheFirstOnesOneByOneAndAllCounted(t *testing.T) {
	var out bytes.Buffer
	m := newMeter(&out, time.Minute)
	m.show(harness.Snapshot{Phase: "driving", Elapsed: time.Second})
	before := out.Len()
	first := harness.Violation{Key: "k3", At: 12400 * time.Millisecond}
	m.show(harness.Snapshot{Phase: "driving", Elapsed: 2 * time.Second, Violations: 1, Noticed: []harness.Violation{first}})
	require.Equal(t, "  violation on key k3 at 12.4s\n", out.String()[before:])

	var more []harness.Violation
	for i := range 2 * noticesMax {
		more = append(more, harness.Violation{Key: fmt.Sprint(i)})
	}
	m.show(harness.Snapshot{Phase: "driving", Elapsed: 9 * time.Second, Violations: 1 + len(more), Noticed: more})
	require.Equal(t, noticesMax, strings.Count(out.String(), "violation on key"))
	require.Contains(t, out.String(), "keys violated: 21\n")
}
