package history_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"senkei/history"
	"senkei/history/historytest"
)

func TestEqualListsHaveOneText(t *testing.T) {
	for text, want := range map[string]history.Value{
		`[]`: "[]", `[ 1 , "a,]\"[" , [ ] ]`: `[1,"a,]\"[",[]]`, `[1.0,null,true,"\u0061"]`: `[1,null,true,"a"]`,
	} {
		got, err := history.ParseValue([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{``, `[1`, `[1 2]`, `[1,,2]`, "[\"\xff\"]"} {
		_, err := history.ParseValue([]byte(text))
		require.Error(t, err, text)
	}
	_, err := history.ParseValue([]byte("[" + strings.Repeat("1,", history.ListItemsMax) + "1]"))
	require.ErrorContains(t, err, "longer than 1048576 elements")
}

func TestAListYieldsWhatItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOf(rapid.OneOf(historytest.Maybe, historytest.Lists)).Draw(t, "items")
		v := history.List(items...)
		got := slices.Collect(v.Elements())
		require.Equal(t, len(items), len(got))
		for i := range items {
			require.Equal(t, items[i], got[i])
		}
		again, err := history.ParseValue([]byte(v))
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
	require.Empty(t, slices.Collect(history.Int(7).Elements()))
}

func TestATransactionYieldsWhatItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := historytest.Transactions(t)
		ms := slices.Collect(v.Micros())
		require.Equal(t, v, history.Transaction(ms...))
		again, err := history.ParseTransaction([]byte(v))
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
	require.Panics(t, func() { history.Transaction(history.Micro{F: history.Drain}) })
	for _, v := range []history.Value{"7", "[7]", `[["r","x"]]`, `[["cas","x",1]]`} {
		require.Panics(t, func() { v.Micros()(func(history.Micro) bool { return true }) }, v)
	}
}

func TestWalkingAlongAListAllocatesNothing(t *testing.T) {
	list, set := history.List(`"a"`, "[1,2]"), history.Value(`{"#set":[1,2]}`)
	n := 0
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for _, v := range []history.Value{list, set, "5"} {
			for range v.Elements() {
				n++
			}
		}
	}))
	require.Equal(t, 11*4, n)
}
