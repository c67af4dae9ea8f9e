package nemesis

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/harness/cluster"
)

func TestEachKindIsDescribedInFull(t *testing.T) {
	for _, k := range Kinds() {
		require.NotEmpty(t, k.Summary, k.Name())
		require.Equal(t, k.NodesMin > 1, k.TooFew != "", k.Name())
		var fields, parameters []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(k.zero)) {
			if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" {
				fields = append(fields, name)
			}
		}
		for _, p := range k.Parameters {
			parameters = append(parameters, p.Name)
			require.NotEmpty(t, p.Meaning)
			require.NotEmpty(t, p.Range)
		}
		require.Equal(t, fields, parameters, k.Name())
		s, err := ReadSchedule(strings.NewReader("- "+k.Example), Kinds())
		require.NoError(t, err)
		require.Equal(t, k.Name(), s[0].Fault.Kind())
	}
}

func TestEachKindNeedsWhatItUses(t *testing.T) {
	all := cluster.Capabilities(&recorded{})
	for _, k := range Kinds() {
		require.NotEmpty(t, k.Needs(), k.Name())
		require.Subset(t, all, k.Needs(), k.Name())
	}
	require.Equal(t, []cluster.Capability{cluster.CanCutLinks, cluster.CanCutKinds}, Partition{Messages: []string{"Vote"}}.Needs())
}
