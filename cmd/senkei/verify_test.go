package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/certificate"
	"senkei/history"
)

// rewrite writes a certificate of the history in a file, its sums right.
func rewrite(t *testing.T, from, to, historyFile string, change func(c *certificate.Certificate)) {
	h, err := history.ReadFile(historyFile)
	require.NoError(t, err)
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	c, err := certificate.Decode(in, h)
	require.NoError(t, err)
	change(&c)
	out, err := os.Create(to)
	require.NoError(t, err)
	require.NoError(t, certificate.Encode(out, c))
	require.NoError(t, out.Close())
}

func TestACheckLeavesACertificateThatVerifyAcceptsForThatHistoryOnly(t *testing.T) {
	dir := t.TempDir()
	path, edn, cert, bad := filepath.Join(dir, "h.jsonl"), filepath.Join(dir, "h.edn"), filepath.Join(dir, "h.cert"), filepath.Join(dir, "bad.cert")
	require.NoError(t, os.WriteFile(path, []byte(stale), 0o644))
	code, stdout, stderr := senkei("check", path, "--certificate", cert)
	require.Equal(t, 1, code, stdout+stderr)
	code, stdout, stderr = senkei("verify", path, cert)
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stdout, "VERIFIED: the certificate holds, for the model register\n  violation on key x, proved by 2 operations, as known at position 5:\n"+
		"    operation 0, process 0: write of 1 to x\n    operation 2, process 2: read of x = nothing\n")

	_, converted, _ := senkei("convert", "--to", "edn", path)
	require.NoError(t, os.WriteFile(edn, []byte(converted), 0o644))
	code, stdout, stderr = senkei("verify", edn, cert)
	require.Zero(t, code, "the same history in another format: %s%s", stdout, stderr)

	other := filepath.Join(dir, "other.jsonl")
	require.NoError(t, os.WriteFile(other, []byte(strings.Replace(stale, `"process":2,"type":"ok"`, `"process":2,"type":"info"`, 1)), 0o644))
	text, err := os.ReadFile(cert)
	require.NoError(t, err)
	damaged := filepath.Join(dir, "damaged.cert")
	require.NoError(t, os.WriteFile(damaged, []byte(strings.Replace(string(text), `"core":[0,2]`, `"core":[0,1]`, 1)), 0o644))
	for _, c := range []struct {
		history, says string
		change        func(c *certificate.Certificate) // nil: as it is in the file "damaged"
	}{
		{path, "line 3: the SHA-256 here is not that of the lines before", nil},
		{other, "it is of another history", func(*certificate.Certificate) {}},
		{path, `key "x": its core has a legal order`, func(c *certificate.Certificate) { c.Keys[0].Violation.Core = []int{0} }},
		{path, `it names the model "heap"`, func(c *certificate.Certificate) { c.Model = "heap" }},
		{path, `it is of a history of the model set, and this is none`, func(c *certificate.Certificate) { c.Model = "set" }},
	} {
		file := damaged
		if c.change != nil {
			file = bad
			rewrite(t, cert, bad, path, c.change)
		}
		code, stdout, stderr := senkei("verify", c.history, file)
		require.Equal(t, 1, code, stderr)
		require.Contains(t, stdout, "REJECTED: the certificate proves nothing: "+c.says)
	}
}

func TestACertificateThatLeavesKeysUnknownEndsWith2(t *testing.T) {
	dir := t.TempDir()
	path, cert := filepath.Join(dir, "h.jsonl"), filepath.Join(dir, "h.cert")
	require.NoError(t, os.WriteFile(path, []byte(valid), 0o644))
	code, stdout, stderr := senkei("check", path, "--certificate", cert)
	require.Zero(t, code, stdout+stderr)
	rewrite(t, cert, cert, path, func(c *certificate.Certificate) {
		c.Keys[0] = certificate.Key{Key: "x", Status: certificate.Valid, Order: []int{0, 1}}
	})
	code, stdout, stderr = senkei("verify", path, cert)
	require.Zero(t, code, stdout+stderr)
	require.Contains(t, stdout, "VERIFIED: the certificate holds, for the model register\n  valid: 1 key, 2 operations in a legal order\n")

	rewrite(t, cert, cert, path, func(c *certificate.Certificate) { c.Keys[0] = certificate.Undecided("x", "there was no time") })
	code, stdout, stderr = senkei("verify", path, cert)
	require.Equal(t, 2, code, stdout+stderr)
	require.Contains(t, stdout, "UNKNOWN: the certificate claims nothing\n  unknown: 1 key; first on key x: there was no time\n")

	require.NoError(t, os.WriteFile(path, nil, 0o644))
	code, _, stderr = senkei("check", path, "--certificate", cert)
	require.Equal(t, 2, code, stderr)
	code, stdout, stderr = senkei("verify", path, cert)
	require.Equal(t, 2, code, stdout+stderr)
	require.Contains(t, stdout, "the history holds no operation")
}

func TestVerifySaysWhichFileIsMissing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "h.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(valid), 0o644))
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"verify", path}, "arg"},
		{[]string{"verify", "nowhere", path}, "name a run directory such as store/latest, or a history file"},
		{[]string{"verify", path, "nowhere"}, "name a certificate, which `senkei check --certificate FILE` writes"},
		{[]string{"check", path, "--certificate", filepath.Join(dir, "none", "c")}, "none is no directory; make it before"},
	} {
		code, _, stderr := senkei(c.args...)
		require.Equal(t, exitUsage, code, stderr)
		require.Contains(t, stderr, c.says)
	}
}
