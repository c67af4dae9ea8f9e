package kv

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/node/limits"
)

func TestPrefixCoversExactlyTheKeysThatBeginWithIt(t *testing.T) {
	edges := []rune{0, 'a', '\x7f', '\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\U00010000', utf8.MaxRune}
	text := rapid.StringOfN(rapid.SampledFrom(edges), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		p := text.Draw(t, "prefix")
		key := text.Draw(t, "key")
		if rapid.Bool().Draw(t, "has prefix") {
			key = p + key
		}
		q := Prefix(p)
		require.NoError(t, q.Validate())
		require.Equal(t, strings.HasPrefix(key, p), key >= q.Key && (q.End == "" || key < q.End), "%q in %+q", key, q)
	})
}

func TestThePrefixThatIsTheLongestKeyIsAValidRange(t *testing.T) {
	for _, last := range []string{"\x7f", "\u07ff", "\uffff", "\U0010ffff", "k"} {
		p := strings.Repeat("k", limits.KeyBytesMax-len(last)) + last
		require.NoError(t, Prefix(p).Validate(), "%+q", last)
	}
	require.NoError(t, Query{Range: true, Key: strings.Repeat("k", limits.KeyBytesMax) + "\x00"}.Validate(),
		"the page after the longest key")
}

func TestAQueryIsCheckedBeforeItIsAnswered(t *testing.T) {
	long := strings.Repeat("k", limits.KeyBytesMax+2)
	for want, q := range map[string]Query{
		"the key is empty":                 {},
		"the key has 1026 bytes":           {Key: long},
		"the key is not UTF-8":             {Key: "\xff"},
		"neither an end nor a limit":       {Key: "k", End: "l"},
		"the first key of the range has":   {Range: true, Key: long},
		"the end of the range has":         {Range: true, End: long},
		"the end of the range is not UTF":  {Range: true, End: "\xff"},
		"ends before its first key":        {Range: true, Key: "b", End: "a"},
		"a number up to 10000, not 10001":  {Range: true, Limit: limits.RangeItemsMax + 1},
		"a number up to 10000, not -1":     {Range: true, Limit: -1},
		"the first key of the range is no": {Range: true, Key: "\xff"},
	} {
		require.ErrorContains(t, q.Validate(), want)
	}
	require.NoError(t, Query{Range: true}.Validate())
	require.NoError(t, Query{Range: true, Key: "a", End: "a"}.Validate())
}

func TestARangeIsBoundedInItemsAndBytesAndPagesOn(t *testing.T) {
	s := New(1)
	put := func(key, value string) { s.Apply(s.Applied()+1, &Command{Op: Put, Key: key, Value: value}) }
	for i := range limits.RangeItemsMax + 5 {
		put(fmt.Sprintf("a%05d", i), "")
	}
	put("b0", strings.Repeat("v", limits.RangeBytesMax))
	put("b1", "")
	put("b2", strings.Repeat("v", limits.RangeBytesMax-6))
	put("b3", "")
	put("b4", "")

	pages := func(q Query) (sizes []int) {
		for {
			r := s.Read(q)
			sizes = append(sizes, len(r.Items))
			if !r.More {
				return sizes
			}
			q.Key = r.Items[len(r.Items)-1].Key + "\x00"
		}
	}
	require.Equal(t, []int{limits.RangeItemsMax, 5}, pages(Prefix("a")))
	require.Equal(t, []int{1, 3, 1}, pages(Prefix("b")), "the first item comes however long it is")
	require.Equal(t, []int{2, 2, 1}, pages(Query{Range: true, Key: "a", End: "a00005", Limit: 2}))
	require.Equal(t, []int{2, 2}, pages(Query{Range: true, Key: "a", End: "a00004", Limit: 2}))
	require.Equal(t, []int{0}, pages(Prefix("c")))
}
