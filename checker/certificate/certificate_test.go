package certificate_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/checker/certificate"
	"senkei/history"
	"senkei/history/historytest"
)

// of is a certificate of a history of three keys, and the history.
func of(t testing.TB) (certificate.Certificate, history.History, []byte) {
	var h history.History
	for i, key := range []string{"a", "a", "b<", "c\n"} {
		h.Ops = append(h.Ops, history.Op{ID: i, In: history.Input{F: history.Read, Key: key}, Outcome: history.OK, Invoke: 2 * i, Complete: 2*i + 1})
	}
	c := certificate.Certificate{Model: "register", History: certificate.Digest(h), Keys: []certificate.Key{
		{Key: "a", Status: certificate.Valid, Order: []int{0, 1}},
		{Key: "b<", Status: certificate.Invalid, Violation: &certificate.Violation{Cut: 5, Core: []int{2}}},
		certificate.Undecided("c\n", "there was no time"),
	}}
	var file bytes.Buffer
	require.NoError(t, certificate.Encode(&file, c))
	return c, h, file.Bytes()
}

func TestACertificateIsReadAsItWasWritten(t *testing.T) {
	c, h, file := of(t)
	got, err := certificate.Decode(bytes.NewReader(file), h)
	require.NoError(t, err)
	require.Equal(t, c, got)
	require.Equal(t, 5, bytes.Count(file, []byte("\n")), "one line a key, and two more: %s", file)
}

func TestACertificateInWhichAnyByteChangedIsRejected(t *testing.T) {
	_, h, file := of(t)
	for i := range file {
		for _, change := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 3, 255} {
			damaged := bytes.Clone(file)
			damaged[i] ^= change
			if _, err := certificate.Decode(bytes.NewReader(damaged), h); err == nil {
				t.Fatalf("byte %d of %q became %q", i, file, damaged[i])
			}
		}
		_, err := certificate.Decode(bytes.NewReader(file[:i]), h)
		require.ErrorContains(t, err, "the file ends here", "the first %d bytes", i)
	}
	_, err := certificate.Decode(bytes.NewReader(append(file, ' ')), h)
	require.ErrorContains(t, err, "something follows the certificate")
}

func TestWhatIsNoCertificateIsRefusedWithTheLineThatIsWrong(t *testing.T) {
	_, h, _ := of(t)
	const head = `{"senkei_certificate":2,"model":"register","history_sha256":"","keys":1}` + "\n"
	for _, c := range []struct{ file, says string }{
		{"", "line 1: the file ends here"},
		{"[]\n", "line 1: it does not begin a certificate"},
		{`{"senkei_certificate":3,"keys":1}` + "\n", "line 1: a certificate of version 3 and of 1 keys"},
		{`{"senkei_certificate":2,"keys":5}` + "\n", "the history has 4 operations"},
		{`{"senkei_certificate":2,"keys":-1}` + "\n", "of -1 keys"},
		{head + "{}\n", `line 2: key "": the verdict "" is none of valid, invalid, unknown`},
		{head + `{"key":"a","verdict":"valid","order":[0.5]}` + "\n", "line 2: this is not what was found of a key"},
		{head + `{"key":"a","verdict":"valid","orders":[0]}` + "\n", `unknown field "orders"`},
		{head + `{"key":"a","verdict":"valid"} {}` + "\n", "something follows the object"},
		{head + `{"key":"a","verdict":"invalid"}` + "\n", "a violation to an invalid one"},
		{head + `{"key":"a","verdict":"unknown"}` + "\n", "a reason to one that is unknown"},
		{head + `{"key":"a","verdict":"valid","reason":"because"}` + "\n", "a reason to one that is unknown"},
		{head + `{"key":"a","verdict":"valid"}` + "\n{}\n", "line 3: the SHA-256 here is not that of the lines before"},
		{head + strings.Repeat(" ", 200_000), "line 2: the file ends here, or is too long"},
	} {
		_, err := certificate.Decode(strings.NewReader(c.file), h)
		require.ErrorContains(t, err, c.says)
	}
}

func TestNoKeyMakesACertificateTooLongToBeRead(t *testing.T) {
	for _, key := range []string{strings.Repeat("\x01", 100_000), "k"} {
		h := history.History{Ops: []history.Op{{In: history.Input{F: history.Read, Key: key}}}}
		c := certificate.Certificate{Model: "register", Keys: []certificate.Key{certificate.Undecided(key, strings.Repeat("\x01é", 10_000))}}
		var file bytes.Buffer
		require.NoError(t, certificate.Encode(&file, c))
		got, err := certificate.Decode(&file, h)
		require.NoError(t, err)
		require.Equal(t, c, got)
	}
}

func TestTheDigestOfAHistoryIsThatOfWhatAVerdictRestsOn(t *testing.T) {
	base := history.Op{In: history.Input{F: history.CAS, Key: "k", Value: "1", Expect: "2"}, Out: history.Output{Value: "3", Revision: 4},
		Outcome: history.OK, Invoke: 5, Complete: 6}
	digest := func(ops ...history.Op) string { return certificate.Digest(history.History{Ops: ops}) }
	seen := map[string]bool{digest(): true, digest(base): true, digest(base, base): true}
	for _, change := range []func(o *history.Op){
		func(o *history.Op) { o.In.F = history.Write },
		func(o *history.Op) { o.In.Key = "" },
		func(o *history.Op) { o.In.Key, o.In.Value = "k1", "" },
		func(o *history.Op) { o.In.Value = "" },
		func(o *history.Op) { o.In.Expect = "" },
		func(o *history.Op) { o.Out.Value = "" },
		func(o *history.Op) { o.Out.Swapped = true },
		func(o *history.Op) { o.Out.Revision = 0 },
		func(o *history.Op) { o.Outcome = history.Failed },
		func(o *history.Op) { o.Invoke = 4 },
		func(o *history.Op) { o.Complete = history.Never },
	} {
		op := base
		change(&op)
		require.False(t, seen[digest(op)], "%+v", op)
		seen[digest(op)] = true
	}
	other := base
	other.Process, other.Node, other.Err, other.Start, other.End = 7, "n1", "slow", time.Second, time.Minute
	require.Equal(t, digest(base), digest(other))
}

func TestAHistoryHasTheSameDigestWhateverFileItComesFrom(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		h := historytest.History(t, dir)
		var file bytes.Buffer
		require.NoError(t, history.Encode(&file, h))
		again, err := history.Decode(&file)
		require.NoError(t, err)
		require.Equal(t, certificate.Digest(h), certificate.Digest(again))
	})
}

func FuzzDecode(f *testing.F) {
	_, h, file := of(f)
	f.Add(file)
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := certificate.Decode(bytes.NewReader(file), h)
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, certificate.Encode(&again, c))
	})
}
