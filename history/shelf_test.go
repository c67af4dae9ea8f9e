package history

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAShelfGivesBackWhatAHistoryHoldsByKey(t *testing.T) {
	var text bytes.Buffer
	line := func(process int, kind, f, key, more string) {
		fmt.Fprintf(&text, `{"time":%d,"process":%d,"type":%q,"f":%q,"key":%q%s,"node":"n1"}`+"\n", text.Len(), process, kind, f, key, more)
	}
	for i := range 300 {
		key := fmt.Sprintf("k%d", i%7)
		line(2*i, "invoke", "write", key, fmt.Sprintf(`,"value":"a%d"`, i))
		line(2*i+1, "invoke", "cas", key, fmt.Sprintf(`,"value":[%d,%d]`, i, -i))
		line(2*i+1, []string{"ok", "fail", "info"}[i%3], "cas", key, `,"error":"why"`)
		if i%5 > 0 {
			line(2*i, "ok", "write", key, `,"revision":7`)
		}
	}
	whole, err := Decode(bytes.NewReader(text.Bytes()))
	require.NoError(t, err)
	for _, heldMax := range []int{0, 500, shelfBytes} {
		s := NewShelf(t.TempDir())
		s.heldMax = heldMax
		h, err := Options{Each: s.Put}.Decode(bytes.NewReader(text.Bytes()))
		require.NoError(t, err)
		require.Empty(t, h.Ops)
		g := whole.Groups()
		require.Equal(t, g.Keys(), s.Keys())
		for i := range g.Keys() {
			ops, err := s.Ops(i)
			require.NoError(t, err)
			require.Equal(t, g.Ops(i), ops)
		}
		require.NoError(t, s.Close())
	}
}

func TestWhatHasToBeSeenAsAWholeIsNotStreamed(t *testing.T) {
	text := []byte(`{"process":"c1","type":"invoke","f":"read"}`)
	_, err := Options{Each: func(*Op) error { return nil }}.Decode(bytes.NewReader(text))
	require.ErrorIs(t, err, ErrNotStreamed)
	_, err = Options{Each: func(*Op) error { return nil }, Initial: "0"}.Decode(bytes.NewReader(text))
	require.ErrorIs(t, err, ErrNotStreamed)
}
