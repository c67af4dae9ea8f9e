package models_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
)

func TestAStaleReadIsToldAsAStory(t *testing.T) {
	v := judge(t, `
		{"time":0,         "process":3, "type":"invoke","f":"write","key":"k3","value":41,"node":"n1"}
		{"time":2000000,   "process":3, "type":"ok",    "f":"write","key":"k3","value":41,"node":"n1"}
		{"time":100000000, "process":"nemesis","type":"info","f":"partition","value":["n1"],"fault":2,"phase":"inject","text":"n1 cut off from n2, n3, n4, n5"}
		{"time":500000000, "process":8, "type":"invoke","f":"read","key":"k3","value":null,"node":"n3"}
		{"time":510000000, "process":8, "type":"ok",    "f":"read","key":"k3","value":41,"node":"n3"}
		{"time":600000000, "process":4, "type":"invoke","f":"write","key":"k3","value":57,"node":"n2"}
		{"time":628000000, "process":4, "type":"ok",    "f":"write","key":"k3","value":57,"node":"n2"}
		{"time":940000000, "process":12,"type":"invoke","f":"read","key":"k3","value":null,"node":"n1"}
		{"time":941000000, "process":12,"type":"ok",    "f":"read","key":"k3","value":41,"node":"n1"}
		{"time":950000000, "process":4, "type":"invoke","f":"read","key":"k3","value":null,"node":"n2"}
		{"time":951000000, "process":4, "type":"ok",    "f":"read","key":"k3","value":57,"node":"n2"}`)
	require.Equal(t, checker.Invalid, v.Status)
	e := checker.CoreOf(v.Evidence)
	require.Equal(t, []string{
		"Process 12's read of k3 on n1 returned 41, which had been overwritten: process 4's write of 57 on n2 was acknowledged 312 ms before the read began.",
		"A linearizable read had to return 57 or something newer.",
		"The partition 'n1 cut off from n2, n3, n4, n5' had been in force for 840 ms when the read began.",
	}, e.Sentences)
	require.Equal(t, v.Reason, e.Sentences[0])
	var core []string
	for _, op := range e.Ops {
		core = append(core, op.String())
	}
	require.Equal(t, []string{"write of 41 to k3", "write of 57 to k3", "read of k3 = 41"}, core)
	require.Equal(t, e.Ops[2], e.Culprit)
	require.Equal(t, []int{0, 2}, e.Order)
	require.Equal(t, "57", e.State)
	require.Equal(t, []checker.Refusal{{Op: e.Culprit, Reason: "it returned 41 but the register held 57"}}, e.Refused)
	require.Len(t, e.Faults, 1)
}

func TestEachViolationIsToldInWords(t *testing.T) {
	const (
		write1 = `{"process":1,"type":"invoke","f":"write","value":1,"node":"n1"}
			{"process":1,"type":"ok","f":"write","value":1}` + "\n"
		write2 = `{"process":2,"type":"invoke","f":"write","value":2}
			{"process":2,"type":"ok","f":"write","value":2}` + "\n"
	)
	readBy := func(process, value string) string {
		return `{"process":` + process + `,"type":"invoke","f":"read","value":null}
			{"process":` + process + `,"type":"ok","f":"read","value":` + value + "}\n"
	}
	swapBy := func(process, pair string) string {
		return `{"process":` + process + `,"type":"invoke","f":"cas","value":` + pair + `}
			{"process":` + process + `,"type":"ok","f":"cas","value":` + pair + "}\n"
	}
	for _, c := range []struct {
		name, lines string
		want        []string
	}{
		{"a value that nobody wrote", readBy("5", "7"),
			[]string{"Process 5's read returned 7, which nobody ever asked to store (an object begins empty, unless --initial says with what)."}},
		{"the value of a failed write", `{"process":1,"type":"invoke","f":"write","value":7,"node":"n1"}
			{"process":1,"type":"fail","f":"write","value":7}` + "\n" + readBy("5", "7"),
			[]string{"Process 5's read returned 7, which nobody had stored: process 1's write of 7 on n1 failed, and was reported to have had no effect."}},
		{"the value of a refused cas", write1 + `{"process":3,"type":"invoke","f":"cas","value":[9,7]}
			{"process":3,"type":"fail","f":"cas","value":[9,7],"observed":1}` + "\n" + readBy("5", "7"),
			[]string{"Process 5's read returned 7, which nobody had stored: process 3's compare-and-set from 9 to 7 was refused because it found 1."}},
		{"the value of a cas that is refused only later", write1 + `{"process":3,"type":"invoke","f":"cas","value":[1,7]}` + "\n" + readBy("5", "7") +
			`{"process":3,"type":"fail","f":"cas","value":[1,7],"observed":7}`,
			[]string{"Process 3's compare-and-set was refused because it found 7, which nobody had stored: the compare-and-set was to store it itself."}},
		{"a value that is written only later", `{"time":1000000,"process":5,"type":"invoke","f":"read","value":null}
			{"time":2000000,"process":5,"type":"ok","f":"read","value":2}
			{"time":7000000,"process":2,"type":"invoke","f":"write","value":2}`,
			[]string{"Process 5's read returned 2 before anyone had asked to store it: process 2's write of 2 began 5 ms after the read had ended."}},
		{"a lost write", write1 + readBy("5", "null"),
			[]string{"Process 5's read returned nothing although a value had been stored: process 1's write of 1 on n1 was acknowledged before the read began.",
				"A linearizable read had to return 1 or something newer."}},
		{"a lost update", write1 + swapBy("3", "[1,2]") + swapBy("4", "[1,3]"),
			[]string{"Process 4's compare-and-set replaced 1 by 3, but process 3's compare-and-set from 1 to 2 had replaced the same 1.",
				"1 was stored only once, so at most one compare-and-set can have replaced it."}},
		{"two that found nothing", swapBy("3", "[null,2]") + swapBy("4", "[null,3]"),
			[]string{"Process 4's compare-and-set replaced nothing by 3, but process 3's compare-and-set from nothing to 2 had replaced the same nothing.",
				"Nothing ever removed the value, so at most one compare-and-set can have found nothing."}},
		{"a cas from a stale value", write1 + write2 + swapBy("4", "[1,3]"),
			[]string{"Process 4's compare-and-set replaced 1, which had been overwritten: process 2's write of 2 was acknowledged before the compare-and-set began.",
				"A linearizable compare-and-set had to find 2 or something newer."}},
		{"a stale value after a cas", write1 + swapBy("4", "[1,3]") + readBy("5", "1"),
			[]string{"Process 5's read returned 1, which had been overwritten: process 4's compare-and-set from 1 to 3 was acknowledged before the read began.",
				"A linearizable read had to return 3 or something newer."}},
		{"a cas refused over a stale value", write1 + write2 + `{"process":4,"type":"invoke","f":"cas","value":[2,3]}
			{"process":4,"type":"fail","f":"cas","value":[2,3],"observed":1}`,
			[]string{"Process 4's compare-and-set was refused because it found 1, which had been overwritten: process 2's write of 2 was acknowledged before the compare-and-set began.",
				"A linearizable compare-and-set had to find 2 or something newer."}},
		{"a cas refused without reason", write1 + `{"process":4,"type":"invoke","f":"cas","value":[1,3]}
			{"process":4,"type":"fail","f":"cas","value":[1,3],"observed":1}`,
			[]string{"Process 4's compare-and-set from 1 to 3 was refused although it found 1, which is what it expected."}},
		{"a new value read before an old one", write1 + `{"process":2,"type":"invoke","f":"write","value":2}` + "\n" + readBy("5", "2") + readBy("6", "1"),
			[]string{"Process 6's read returned 1, which had been overwritten: process 5's read had returned 2 already, before the read began.",
				"A linearizable read had to return 2 or something newer."}},
		{"a new value found before an old one was read", write1 + `{"process":2,"type":"invoke","f":"write","value":2}
			{"process":5,"type":"invoke","f":"cas","value":[8,9]}
			{"process":5,"type":"fail","f":"cas","value":[8,9],"observed":2}` + "\n" + readBy("6", "1"),
			[]string{"Process 6's read returned 1, which had been overwritten: process 5's compare-and-set from 8 to 9 had been refused because it found 2, before the read began.",
				"A linearizable read had to return 2 or something newer."}},
		{"a read that began before the old value was in place", `{"process":5,"type":"invoke","f":"read","value":null}` + "\n" + write1 +
			`{"process":2,"type":"invoke","f":"write","value":2}
			{"process":5,"type":"ok","f":"read","value":2}` + "\n" + readBy("6", "1"),
			[]string{"Process 6's read returned 1, which had been overwritten: process 5's read had returned 2 already, before the read began.",
				"A linearizable read had to return 2 or something newer."}},
		{"a value that was stored and overwritten twice", write1 + write2 + write1 + write2 + readBy("5", "1"),
			[]string{"Process 5's read returned 1, which had been overwritten: process 2's write of 2 was acknowledged before the read began.",
				"A linearizable read had to return 2 or something newer."}},
		{"values that are still being stored twice have no story", `{"process":1,"type":"invoke","f":"write","value":1}
			{"process":2,"type":"invoke","f":"write","value":1}
			{"process":3,"type":"invoke","f":"write","value":2}
			{"process":4,"type":"invoke","f":"write","value":2}` + "\n" +
			readBy("5", "1") + readBy("5", "2") + readBy("5", "1") + readBy("5", "2") + readBy("5", "1"),
			[]string{"No order of the operations explains process 5's read: read = 1.",
				"After the longest legal order found, of 8 operations, it cannot come next: it returned 1 but the register held 2."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judge(t, c.lines)
			require.Equal(t, checker.Invalid, v.Status)
			require.Equal(t, c.want, checker.CoreOf(v.Evidence).Sentences)
		})
	}
}

func TestTheFaultsOfTheMomentAreTold(t *testing.T) {
	const (
		inject = `{"time":1000000,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject","text":"kill n2"}` + "\n"
		heal   = `{"time":4000000,"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"heal","text":"kill n2"}` + "\n"
		begin  = `{"time":5000000,"process":5,"type":"invoke","f":"read","key":"x","value":null}` + "\n"
		end    = `{"time":9000000,"process":5,"type":"ok","f":"read","key":"x","value":null}` + "\n"
		late   = `{"time":5500000,"process":"nemesis","type":"info","f":"pause","fault":2,"phase":"inject"}` + "\n"
		write  = `{"time":500000,"process":1,"type":"invoke","f":"write","key":"x","value":1}
			{"time":600000,"process":1,"type":"ok","f":"write","key":"x","value":1}` + "\n"
	)
	for name, c := range map[string]struct {
		lines string
		want  []string
	}{
		"no fault at all":   {write + begin + end, nil},
		"in force":          {write + inject + begin + heal + end, []string{"The kill 'n2' had been in force for 4 ms when the read began."}},
		"healed":            {write + inject + heal + begin + end, []string{"The kill 'n2' had been healed 1 ms before the read began."}},
		"begun while open":  {write + begin + late + end, []string{"The pause came into force 500 µs after the read had begun."}},
		"later or earlier":  {inject + heal + write + begin + end + late, []string{"No fault was in force at that time."}},
		"without any times": {write + `{"process":"nemesis","type":"info","f":"kill","fault":1,"phase":"inject"}` + "\n" + `{"process":5,"type":"invoke","f":"read","key":"x","value":null}` + "\n" + end, []string{"The kill was in force when the read began."}},
	} {
		t.Run(name, func(t *testing.T) {
			v := judge(t, c.lines)
			require.Equal(t, checker.Invalid, v.Status)
			require.Len(t, checker.CoreOf(v.Evidence).Sentences, 2+len(c.want))
			require.Equal(t, c.want, append([]string(nil), checker.CoreOf(v.Evidence).Sentences[2:]...))
		})
	}
}
