package formats_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/history/formats"
)

func TestWhatIsPackedMayNotGrowWithoutEnd(t *testing.T) {
	bomb := packings["gzip"](t, texts["jsonl"][0]+strings.Repeat("\n", 80<<20))
	_, err := formats.All().Read(bytes.NewReader(bomb), formats.Options{})
	require.ErrorContains(t, err, "the gzip data unpack to more than 200 times their size")
	h, err := formats.All().Read(bytes.NewReader(bomb), formats.Options{RatioMax: 10_000})
	require.NoError(t, err)
	require.Len(t, h.Ops, 1)
}

func TestADeviceIsRefusedAndAPipeIsRead(t *testing.T) {
	_, err := formats.All().ReadFile("/dev/zero", formats.Options{Format: "jsonl"})
	require.EqualError(t, err, "/dev/zero: this is no file, and may never end; name a file")
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	go func() { _ = os.WriteFile(pipe, []byte(texts["jsonl"][0]), 0o600) }() // ends as it is read
	h, err := formats.All().ReadFile(pipe, formats.Options{})
	require.NoError(t, err)
	require.Len(t, h.Ops, 1)
}

func TestASetOf200000ElementsIsRecordedConvertedAndRead(t *testing.T) {
	var items []history.Value
	for i := range 200_000 {
		items = append(items, history.Text(fmt.Sprintf("element-%d", i)))
	}
	path := filepath.Join(t.TempDir(), "history.jsonl")
	r, err := history.Create(path)
	require.NoError(t, err)
	require.NoError(t, r.Invoke(0, "n1", history.Input{F: history.Read}, 0))
	op, err := r.Complete(0, history.Output{Value: history.List(items...)}, history.OK, "", 1)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	for _, name := range []string{"edn", "jsonl"} {
		h, err := formats.All().ReadFile(path, formats.Options{})
		require.NoError(t, err)
		require.Equal(t, []history.Op{op}, h.Ops)
		var text bytes.Buffer
		f, err := formats.All().Find(name)
		require.NoError(t, err)
		require.NoError(t, f.Encode(&text, h))
		require.NoError(t, os.WriteFile(path, text.Bytes(), 0o600))
	}
}

func TestAWrongFileIsReadAgainOnlyWhereItsOrderMayBeWhatIsWrong(t *testing.T) {
	for text, ordered := range map[string]bool{
		`{"process":0,"type":"ok","f":"read","value":1}`:           false,
		`{"index":5,"process":0,"type":"ok","f":"read","value":1}`: true,
		`{"index":5,"process":}`:                                   false,
	} {
		_, err := history.Decode(strings.NewReader(text + "\n"))
		var wrong *history.LineError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, ordered, wrong.Ordered, text)
	}
}
