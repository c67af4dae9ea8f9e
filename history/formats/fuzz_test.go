package formats_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/checker/linearizable"
	"senkei/checker/models"
	"senkei/history"
	"senkei/history/formats"
)

// FuzzRead reads mutated histories in each format: nothing panics, what is wrong is a
// *history.LineError, and all that is allocated on the way stays below 16 times the size and
// 64 MB.
func FuzzRead(f *testing.F) {
	seed(f)
	names := []string{""}
	for _, format := range formats.All() {
		names = append(names, format.Name)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range names {
			before := allocated()
			_, err := formats.All().Read(bytes.NewReader(text), formats.Options{Format: name})
			if most := 16*uint64(len(text)) + 64<<20; allocated()-before > most {
				t.Fatalf("%s: %d bytes for a file of %d", name, allocated()-before, len(text))
			}
			if wrong := (*history.LineError)(nil); err != nil {
				require.ErrorAs(t, err, &wrong)
			}
		}
	})
}

// FuzzConvert writes what it could read in every format: what can be said in two of them reads
// back the same from both, and gets the same verdict.
func FuzzConvert(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := formats.All().Read(bytes.NewReader(text), formats.Options{})
		if err != nil || len(h.Ops) > 200 {
			return
		}
		var first, name = verdict{}, ""
		for _, format := range formats.All()[:2] { // those that say everything
			var written bytes.Buffer
			if err := format.Encode(&written, h); err != nil {
				var unwritable *history.UnwritableError
				if format.Name == "edn" && errors.As(err, &unwritable) {
					continue
				}
				t.Fatalf("%s: %v", format.Name, err)
			}
			again, err := formats.All().Read(&written, formats.Options{Format: format.Name, Keyed: format.Keyable && keyed(h)})
			if err != nil {
				t.Fatalf("%s does not read what it wrote: %v", format.Name, err)
			}
			got := verdict{again.Ops, judge(t, again)}
			if name != "" {
				require.Equal(t, first, got, "%s, then %s", name, format.Name)
			}
			first, name = got, format.Name
		}
	})
}

type verdict struct {
	ops    []history.Op
	status checker.Status
}

func keyed(h history.History) bool { return len(h.Ops) > 0 && h.Ops[0].In.Key != "" }

// judge judges by a model that knows most functions, if it knows those of the history.
func judge(t *testing.T, h history.History) checker.Status {
	for _, op := range h.Ops {
		if (models.KV{}).Admit(op.In) != nil {
			return checker.Unknown
		}
	}
	return linearizable.Of(models.KV{}).Check(t.Context(), h, checker.Limits{MemoryBytes: 1 << 20}).Status
}

// seed adds histories of every format, and those of people who test stores.
func seed(f *testing.F) {
	for _, variants := range texts {
		for _, text := range variants {
			f.Add([]byte(text))
		}
	}
	paths, err := filepath.Glob("../../cmd/senkei/testdata/cases/*")
	require.NoError(f, err)
	require.NotEmpty(f, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		if len(text) < 4<<10 {
			f.Add(text)
		}
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
