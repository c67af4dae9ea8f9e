package linearizable

import (
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/checker/checkertest"
	"senkei/checker/models"
)

func TestAKeyOfAStoreThatIsWrongAloneShowsWhatIsWrongWithTheStore(t *testing.T) {
	for _, c := range []struct {
		says, drawing string
		culprit       int
		key           string // that shows it; empty if none does
	}{
		{"a key is stale", `
txn w x 1              |-|
txn w x 2, w y 1          |-|
txn r x = 1                  |-|
`, 2, "x"},
		{"of two keys that are wrong the earlier one counts", `
txn w x 1              |-|
txn w x 2, w y 1          |-|
txn r y = 7                  |-|
txn r x = 1                     |-|
`, 2, "y"},
		{"what only both keys show, before a key is wrong", `
txn w x 1, w y 1       |-|
txn w x 2, w y 2         |----------|
txn r x = 2, r y = 1        |-|
txn r x = 1                           |-|
`, 2, ""},
	} {
		ops := checkertest.Draw(c.drawing)
		f, applies := judging(models.Store{}).findDirectly(t.Context(), ops)
		require.True(t, applies, c.says)
		require.Equal(t, c.culprit, f.culprit.ID, c.says)
		require.Equal(t, c.key != "", f.part != nil, c.says)
		if f.part != nil {
			require.Equal(t, c.key, f.part.Name, c.says)
		}
	}
	torn := checkertest.Draw(`
txn w x 1, w y 1       |-|
txn w x 2, w y 2         |----------|
txn r x = 2, r y = 1        |-|
`)
	_, applies := judging(models.Store{}).findDirectly(t.Context(), torn)
	require.False(t, applies, "no key alone is wrong")
	require.Nil(t, judging(models.Store{}).attribute(t.Context(), torn, finding{culprit: torn[2]}).part, "no key alone shows it")
}
