package nemesis

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/harness/cluster"
	"senkei/history"
)

func written(t require.TestingT, s Schedule) string {
	var text bytes.Buffer
	require.NoError(t, WriteSchedule(&text, s))
	return text.String()
}

func TestAScheduleIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySchedule.Draw(t, "schedule")
		text := written(t, s)
		back, err := ReadSchedule(strings.NewReader(text), Kinds())
		require.NoError(t, err, text)
		require.Len(t, back, len(s))
		for i := range s {
			require.Equal(t, s[i], back[i], text)
		}
	})
}

func TestAScheduleIsOneLineAStep(t *testing.T) {
	s := Schedule{
		{At: 3 * time.Second, For: 90 * time.Second, Fault: Kill{Targets{Spec: Leader}}},
		{At: 1500 * time.Millisecond, Fault: Partition{Shape: Ring, Links: []Link{{From: "n1", To: "n3"}}}},
		{Fault: Partition{Shape: Halves, Groups: [][]history.NodeID{{"n1", "n2"}, {"n3"}}}},
		{At: time.Second, Fault: Transfer{To: "n2"}, Expect: []Expectation{NewLeader}, Within: 2 * time.Second},
		{At: time.Second, For: time.Second, Expect: []Expectation{Agree}},
		{At: time.Second, For: time.Second, Fault: Power{Targets{Spec: All}}},
		{At: time.Second, Fault: Replace{Targets{Spec: Minority}}},
		{At: time.Second, Fault: Clock{Targets: Targets{Spec: One}, Jump: -Duration(time.Minute)}},
		{At: time.Second, For: time.Second, Fault: Disk{Targets{Names: []history.NodeID{"n1"}}, cluster.DiskStalled}},
		{At: time.Second, For: time.Second, Fault: Traffic{Targets: Targets{Spec: All}, Delay: Duration(2 * time.Millisecond), Jitter: 300, Loss: 1, Duplicate: 2, Reorder: 100}},
		{At: time.Second, For: time.Second, Fault: Partition{Shape: Isolate, Targets: Targets{Spec: Leader}, Messages: []string{"Append", "Vote"}}},
	}
	require.Equal(t, `- {at: 3s, for: 1m30s, fault: kill, targets: leader}
- {at: 1.5s, for: 0s, fault: partition, shape: ring, links: [n1>n3]}
- {at: 0s, for: 0s, fault: partition, shape: halves, groups: [[n1, n2], [n3]]}
- {at: 1s, for: 0s, fault: transfer, to: n2, expect: [new-leader], within: 2s}
- {at: 1s, for: 1s, expect: [agree]}
- {at: 1s, for: 1s, fault: power, targets: all}
- {at: 1s, for: 0s, fault: replace, targets: minority}
- {at: 1s, for: 0s, fault: clock, targets: one, jump: -1m0s}
- {at: 1s, for: 1s, fault: disk, targets: [n1], trouble: stalled}
- {at: 1s, for: 1s, fault: traffic, targets: all, delay: 2ms, jitter: 300ns, loss: 1, duplicate: 2, reorder: 100}
- {at: 1s, for: 1s, fault: partition, shape: isolate, targets: leader, messages: [Append, Vote]}
`, written(t, s))
	require.Equal(t, "[]\n", written(t, nil))
}

func TestAScheduleWrittenByAPersonIsUnderstood(t *testing.T) {
	s, err := ReadSchedule(strings.NewReader(`# a day in the life
- at: 2s
  for: 500ms
  fault: partition
  shape: one-way
  targets:
    - n1
    - "2" # a node may be a number
  direction: out
- {at: 1s, for: 1s, fault: pause, targets: all}
`), Kinds())
	require.NoError(t, err)
	require.Equal(t, Schedule{
		{At: 2 * time.Second, For: 500 * time.Millisecond, Fault: Partition{
			Shape: OneWay, Direction: Out, Targets: Targets{Names: []history.NodeID{"n1", "2"}}}},
		{At: time.Second, For: time.Second, Fault: Pause{Targets{Spec: All}}},
	}, s)
	require.Equal(t, []time.Duration{time.Second, 2 * time.Second}, []time.Duration{s.Sorted()[0].At, s.Sorted()[1].At})
	require.Equal(t, 2*time.Second, s[0].At, "sorting leaves the schedule as it was")

	json, err := ReadSchedule(strings.NewReader(`[{"at":"1s","for":"1s","fault":"pause","targets":"all"}]`), Kinds())
	require.NoError(t, err)
	require.Equal(t, s[1:], json)
}

func TestAScheduleThatIsWrongNamesTheLineAndTheRemedy(t *testing.T) {
	const good = "- {at: 1s, for: 1s, fault: kill, targets: one}\n"
	for _, c := range []struct{ text, problem string }{
		{"- {at: 3, for: 2s, fault: kill, targets: one}", `line 2: at: "3" is not a time with its unit, such as 3s or 250ms; write a step like - {at: 3s, for: 2s, fault: kill, targets: leader}`},
		{"- {at: -3s, for: 2s, fault: kill, targets: one}", "line 2: at: -3s is not between 0s and 24h0m0s"},
		{"- {at: 3s, for: 2s, fault: transfer, to: n2}", "line 2: transfer the leadership to n2 is over at once: leave its `for` away"},
		{"- {at: 3s, for: 25h, fault: kill, targets: one}", "line 2: for: 25h0m0s is not between"},
		{"- {at: 3s, fault: kill, targets: one}", `line 2: "for" is missing; write a step like`},
		{"- at: 3s\n  for: 2s\n  fault: kill\n  target: one", `line 5: unknown field "target"; write a step like`},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, shape: ring}", `line 2: unknown field "shape"`},
		{"- {at: 3s, for: 2s, fault: kil, targets: one}", `line 2: fault "kil" is none of kill, pause, partition, member, transfer, power, replace, clock, disk, traffic`},
		{"- {at: 3s, for: 2s, targets: one}", `line 2: fault "" is none of kill, pause, partition, member, transfer, power, replace, clock, disk, traffic`},
		{"- {at: 3s, for: 2s, fault: kill, targets: n1}", `line 2: targets "n1" are none of one, minority, majority, leader, all; nodes go in a list, such as [n1]`},
		{"- {at: 3s, for: 2s, fault: member, targets: majority}", "line 2: targets majority are more than half of the nodes"},
		{"- {at: 3s, for: 2s, fault: transfer, to: 'a>b'}", `line 2: "a>b" is not a node's name`},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, expect: [luck]}", `line 2: expect: "luck" is none of agree, new-leader, no-commit, recovery`},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, expect: [recovery, recovery]}", "line 2: expect: recovery is named twice"},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, expect: [agree]}", "line 2: expect: agree belongs to a step without a fault"},
		{"- {at: 3s, for: 2s, expect: [recovery]}", "line 2: expect: recovery belongs to a step with a fault; write a step like - {at: 3s, for: 5s, expect: [agree]}"},
		{"- {at: 3s, for: 2s, expect: []}", "line 2: expect is empty, and there is no fault"},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, expect: [no-commit], within: 3s}", "line 2: within: only new-leader and recovery may take a while"},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, within: 3s}", "line 2: within: only new-leader"},
		{"- {at: 3s, for: 2s, fault: kill, targets: one, expect: [recovery], within: 3}", "line 2: within: \"3\" is not a time"},
		{"- {at: 3s, for: 2s, fault: pause}", "line 2: targets are missing: give a list of nodes, or one"},
		{"- {at: 3s, for: 2s, fault: kill, targets: [[n1]]}", "line 2: a value is of the wrong type; write a step like"},
		{"- {at: 3s, for: 2s, fault: kill, targets: [n1, n1]}", "line 2: n1 is named twice"},
		{"- {at: 3s, for: 2s, fault: kill, targets: ['a>b']}", `line 2: "a>b" is not a node's name`},
		{"- {at: 3s, for: 2s, fault: kill, targets: [" + strings.Repeat("n", 64) + "]}", "is not a node's name"},
		{"- {at: 3s, for: 2s, fault: kill, targets: [" + strings.Repeat("n,", 1001) + "]}", "1001 nodes are more than the 1000"},
		{"- {at: 3s, for: 2s, fault: partition, shape: oval}", `line 2: shape "oval" is none of halves, isolate, one-way, ring`},
		{"- {at: 3s, for: 2s, fault: partition, shape: isolate}", "line 2: targets are missing"},
		{"- {at: 3s, for: 2s, fault: partition, shape: isolate, targets: all}", "line 2: shape isolate cannot hit all"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, targets: one}", "line 2: shape halves takes no targets"},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, direction: in}", "line 2: shape ring takes no direction"},
		{"- {at: 3s, for: 2s, fault: partition, shape: one-way, targets: one}", `line 2: direction "" of shape one-way is neither out nor in`},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, groups: [[a], [b]]}", "line 2: shape ring takes no groups"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, links: [a>b]}", "line 2: shape halves takes no links"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, groups: [[a]]}", "line 2: one group is cut off from nobody"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, groups: [[a], []]}", "line 2: a group is empty"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, groups: [[a], [a]]}", "line 2: a is named twice"},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, links: [a-b]}", `line 2: link "a-b" is not written like n1>n2`},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, links: [a>a]}", `line 2: a link leads from "a" to itself`},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, links: [a>b, a>b]}", "line 2: link a>b is named twice"},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, links: [a>b>c]}", `line 2: "b>c" is not a node's name`},
		{"- {at: 3s, for: 2s, fault: partition, shape: ring, links: [[a]]}", "line 2: a value is of the wrong type"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, messages: [Append, Append]}", "line 2: messages: Append is named twice"},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, messages: ['a b']}", `line 2: "a b" is not a kind of message: write a word such as Append`},
		{"- {at: 3s, for: 2s, fault: partition, shape: halves, messages: [" + strings.Repeat("a,", 33) + "]}", "33 kinds of messages are more than the 32"},
		{"- {at: 3s, for: 2s, fault: power}", "line 2: targets are missing"},
		{"- {at: 3s, for: 0s, fault: replace, targets: majority}", "line 2: targets majority are not a minority of the nodes"},
		{"- {at: 3s, for: 0s, fault: clock, targets: one}", "line 2: clock takes either a jump, such as 500ms or -2s, or a rate in percent, such as 80; write a step like"},
		{"- {at: 3s, for: 0s, fault: clock, targets: one, jump: 1s, rate: 80}", "line 2: clock takes either a jump"},
		{"- {at: 3s, for: 0s, fault: clock, targets: one, jump: 1}", `line 2: "1" is not a time with its unit`},
		{"- {at: 3s, for: 0s, fault: clock, targets: one, jump: [1s]}", "line 2: a value is of the wrong type"},
		{"- {at: 3s, for: 0s, fault: clock, targets: one, jump: -25h}", "line 2: jump: -25h0m0s is not between -24h0m0s and 24h0m0s"},
		{"- {at: 3s, for: 2s, fault: clock, targets: one, rate: 100}", "line 2: rate: 100 is not a percentage from 1 to 1000 other than 100"},
		{"- {at: 3s, for: 2s, fault: clock, targets: one, rate: -5}", "line 2: rate: -5 is not a percentage"},
		{"- {at: 3s, for: 2s, fault: clock, targets: one, rate: half}", "line 2: a value is of the wrong type"},
		{"- {at: 3s, for: 2s, fault: clock, rate: 80}", "line 2: targets are missing"},
		{"- {at: 3s, for: 2s, fault: disk, targets: one}", `line 2: trouble "" is none of slow, stalled, failing, full, rotten`},
		{"- {at: 3s, for: 2s, fault: disk, trouble: slow}", "line 2: targets are missing"},
		{"- {at: 3s, for: 2s, fault: disk, targets: all, trouble: rotten}", "line 2: targets all are not a minority of the nodes"},
		{"- {at: 3s, for: 2s, fault: traffic, targets: one}", "line 2: traffic takes at least one of delay, jitter, loss, duplicate, reorder"},
		{"- {at: 3s, for: 2s, fault: traffic, targets: one, delay: 2m}", "line 2: delay: 2m0s is not between 0s and 1m0s"},
		{"- {at: 3s, for: 2s, fault: traffic, targets: one, jitter: -1s}", "line 2: jitter: -1s is not between"},
		{"- {at: 3s, for: 2s, fault: traffic, targets: one, loss: 101}", "line 2: loss: 101 is not a percentage from 0 to 100"},
		{"- {at: 3s, for: 2s, fault: traffic, loss: 10}", "line 2: targets are missing"},
		{"- {at: 3s, for: 2s, fault: kill, targets: ['-']}", `line 2: "-" is not a node's name`},
		{"- at: 3s\n  at: 4s", `line 3: mapping key "at" already defined`},
		{"- kill leader", "line 2: string was used where mapping is expected; write a step like"},
		{"- {at: 3s", "line 2:"},
		{"- &x {at: 3s}", `line 2: "&" is more YAML than a schedule knows`},
		{"- [[[[[[]]]]]]", "line 2: it is nested deeper than a step"},
		{strings.Repeat("- ", 40), "line 2: it is nested deeper than a step"},
		{"- at: 3s\n" + strings.Repeat("  at: 3s\n", 40), "line 34: no step has more than 32 fields"},
		{"---\n" + good, "it holds 2 YAML documents: put all steps into one list"},
	} {
		_, err := ReadSchedule(strings.NewReader(good+c.text), Kinds())
		require.ErrorContains(t, err, "read schedule: ", c.text)
		require.ErrorContains(t, err, c.problem, c.text)
		require.NotContains(t, err.Error(), "\n", c.text)
	}
	for _, text := range []string{"", "# nothing yet", "at: 3s", "kill"} {
		_, err := ReadSchedule(strings.NewReader(text), Kinds())
		require.ErrorContains(t, err, "it is not a list of steps: write one like - {at: 3s, for: 2s, fault: kill, targets: leader}, or [] for no faults")
	}
}

func TestAScheduleBeyondItsBoundsIsRefused(t *testing.T) {
	const step = "- {at: 1s, for: 1s, fault: kill, targets: one}\n"
	_, err := ReadSchedule(strings.NewReader(strings.Repeat(step, stepsMax+1)), Kinds())
	require.ErrorContains(t, err, "10001 steps are more than the 10000")
	_, err = ReadSchedule(strings.NewReader("[]"+strings.Repeat(" ", scheduleBytesMax)), Kinds())
	require.ErrorContains(t, err, "longer than 1048576 bytes")
	_, err = ReadSchedule(strings.NewReader(strings.Repeat("[", 1<<16)), Kinds())
	require.ErrorContains(t, err, "nested deeper")
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := ReadSchedule(iotest.ErrReader(broken), Kinds())
	require.ErrorIs(t, err, broken)
}

func FuzzReadSchedule(f *testing.F) {
	for _, k := range Kinds() {
		f.Add("- " + k.Example)
	}
	f.Add("- {at: 1s, for: 2s, expect: [agree]}\n- {at: 3s, for: 2s, fault: kill, targets: leader, expect: [new-leader, recovery], within: 3s}")
	f.Add("- {at: 3s, for: 2s, fault: partition, shape: ring, links: [n1>n3, n3>n1]}")
	f.Add("- {at: 3s, for: 2s, fault: partition, shape: isolate, targets: leader, messages: [Append, Vote]}")
	f.Add("- {at: 3s, for: 0s, fault: clock, targets: [n1], jump: -1h0m0.5s}")
	f.Add("- at: 1s\n  for: 1s\n  fault: partition\n  shape: halves\n  groups:\n    - [n1]\n    - [n2, n3] # two\n")
	f.Add(`[{"at":"1s","for":"1s","fault":"pause","targets":"all"}]`)
	f.Add("- {at: 1s, for: 1s, fault: kill, targets: [~, '1', 0x1f, on, 1e3]}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSchedule(strings.NewReader(text), Kinds())
		if err != nil {
			return
		}
		back, err := ReadSchedule(strings.NewReader(written(t, s)), Kinds())
		require.NoError(t, err)
		require.Equal(t, written(t, s), written(t, back))
	})
}
