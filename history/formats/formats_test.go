package formats_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"senkei/history"
	"senkei/history/formats"
)

var read3 = []history.Op{{In: history.Input{F: history.Read, Key: "k"}, Out: history.Output{Value: "3"}, Outcome: history.OK, Complete: 1}}

// texts are one read in each format, as they may begin.
var texts = map[string][]string{
	"jsonl": {
		`{"process":0,"type":"invoke","f":"read","key":"k"}` + "\n" + `{"process":0,"type":"ok","f":"read","value":3}`,
		"\r\n\t" + `{ "process":0,"type":"invoke","f":"read","key":"k"}` + "\n" + `{"process":0,"type":"ok","f":"read","value":3}`,
	},
	"edn": {
		`{:process 0, :type :invoke, :f :read, :value ["k" nil]} {:process 0, :type :ok, :f :read, :value ["k" 3]}`,
		"; a comment\n\n[#jepsen.history.Op{:process 0, :type :invoke, :f :read, :value [\"k\" nil]}\n{:process 0, :type :ok, :f :read, :value [\"k\" 3]}]",
	},
	"jepsen-txt":     {"0\t:invoke\t:read\t[\"k\" nil]\n0\t:ok\t:read\t[\"k\" 3]\n"},
	"porcupine-etcd": {"INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\t3\n"},
	"porcupine-kv": {
		`{:process 0, :type :invoke, :f :get, :key "k", :value nil}` + "\n" + `{:process 0, :type :ok, :f :get, :key "k", :value "3"}`,
	},
}

// expected is the read as the format can say it.
func expected(format string) []history.Op {
	op := read3[0]
	switch format {
	case "porcupine-etcd":
		op.In.Key = ""
	case "porcupine-kv":
		op.Out.Value = `"3"`
	}
	return []history.Op{op}
}

var packings = map[string]func(t *testing.T, text string) []byte{
	"plain": func(_ *testing.T, text string) []byte { return []byte(text) },
	"gzip": func(t *testing.T, text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		write(t, w, text)
		return b.Bytes()
	},
	"zstd": func(t *testing.T, text string) []byte {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		require.NoError(t, err)
		write(t, w, text)
		return b.Bytes()
	},
}

func write(t *testing.T, w io.WriteCloser, text string) {
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
}

func TestAFileIsReadByWhatItHolds(t *testing.T) {
	require.Len(t, texts, len(formats.All()))
	for name, variants := range texts {
		for packing, pack := range packings {
			for _, text := range variants {
				for _, o := range []formats.Options{{}, {Format: name}} {
					h, err := formats.All().Read(bytes.NewReader(pack(t, text)), o)
					require.NoError(t, err, "%s %s: %s", name, packing, text)
					require.Equal(t, expected(name), h.Ops, "%s %s", name, packing)
				}
			}
		}
	}
}

func TestALongFirstEventDoesNotHideTheFormat(t *testing.T) {
	text := `{:process 0, :type :invoke, :f :add, :value "` + strings.Repeat("a", 100<<10) + `"}`
	h, err := formats.All().Read(strings.NewReader(text), formats.Options{})
	require.NoError(t, err)
	require.Len(t, h.Ops, 1)
}

func TestAnEmptyFileIsAnEmptyHistory(t *testing.T) {
	for packing, pack := range packings {
		h, err := formats.All().Read(bytes.NewReader(pack(t, " \n")), formats.Options{})
		require.NoError(t, err, packing)
		require.Empty(t, h.Ops)
	}
}

func TestWhatCannotBeReadIsNamedWithItsFileAndItsRemedy(t *testing.T) {
	dir := t.TempDir()
	line := texts["jsonl"][0] + "\n"
	gz, zst := packings["gzip"](t, strings.Repeat(line, 100)), packings["zstd"](t, strings.Repeat(line, 100))
	broken := bytes.Clone(zst)
	broken[len(broken)/2] ^= 0xff
	for name, c := range map[string]struct {
		content []byte
		format  string
		says    string
	}{
		"table":     {[]byte("a,b,c\n"), "", ": the file begins like none of the formats jsonl, edn, jepsen-txt, porcupine-etcd, porcupine-kv; pass --format if it is one of them"},
		"utf16":     {[]byte("\xff\xfe{\x00"), "", ": the file is UTF-16; convert it with: iconv -f UTF-16 -t UTF-8"},
		"head.gz":   {gz[:4], "", ": the gzip data is damaged (unexpected EOF); take a whole copy of the file"},
		"flip.zst":  {broken, "", ": the zstd data is damaged ("},
		"forced":    {[]byte(line), "edn", ":1: "},
		"bad.jsonl": {[]byte(line + "{\n"), "", ":3: not valid JSON"},
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, c.content, 0o600))
		_, err := formats.All().ReadFile(path, formats.Options{Format: c.format})
		var wrong *history.LineError
		require.ErrorAs(t, err, &wrong, name)
		require.Contains(t, err.Error(), path+c.says, name)
	}
	_, err := formats.All().ReadFile(filepath.Join(dir, "nowhere"), formats.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = formats.All().Read(strings.NewReader(line), formats.Options{Keyed: true})
	require.EqualError(t, err, "the file is jsonl, and only the values of edn and jepsen-txt can be keyed; leave out --keyed")
	_, err = formats.All().Read(strings.NewReader(""), formats.Options{Format: "xml"})
	require.EqualError(t, err, `there is no format "xml"; choose one of jsonl, edn, jepsen-txt, porcupine-etcd, porcupine-kv`)
}

func TestEachFormatIsWrittenAsItIsRead(t *testing.T) {
	for name, variants := range texts {
		f, err := formats.All().Find(name)
		require.NoError(t, err)
		h, err := formats.All().Read(strings.NewReader(variants[0]), formats.Options{})
		require.NoError(t, err)
		var text strings.Builder
		if name == "jepsen-txt" {
			require.Error(t, f.Encode(&text, h))
			continue
		}
		require.NoError(t, f.Encode(&text, h))
		again, err := formats.All().Read(strings.NewReader(text.String()), formats.Options{})
		require.NoError(t, err)
		require.Equal(t, h, again, name)
	}
}

func TestPackedDataThatEndsTooEarlyIsReadUpToThere(t *testing.T) {
	text := strings.Repeat(texts["jsonl"][0]+"\n", 1000)
	for name, cut := range map[string]int{"gzip": 9, "zstd": 3} {
		data := packings[name](t, text)
		h, err := formats.All().Read(bytes.NewReader(data[:len(data)-cut]), formats.Options{})
		require.NoError(t, err, name)
		require.Contains(t, strings.Join(h.Notes, " "), "The "+name+" data ends too early")
	}
}

func TestAFileOutOfOrderIsSortedByItsIndexes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shuffled")
	require.NoError(t, os.WriteFile(path, []byte("\ufeff{:type :ok, :process 0, :f :write, :value 1, :index 1}\n{:type :invoke, :process 0, :f :write, :value 1, :index 0}"), 0o600))
	h, err := formats.All().ReadFile(path, formats.Options{})
	require.NoError(t, err)
	require.Equal(t, history.OK, h.Ops[0].Outcome)
	require.Equal(t, []string{"The events did not stand in the order of their indexes, and were sorted by them."}, h.Notes)
}
