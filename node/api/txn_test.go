package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"senkei/node/kv"
	"senkei/node/replica"
)

// everyTxn has everything that a transaction can have.
var everyTxn = &kv.Txn{
	Compares: []kv.Compare{
		ValueIs("x", "1"), ValueIsNot("x", "2"), ValueBelow("x", "3"), ValueAbove("x", ""),
		RevisionIs("y", 1), RevisionIsNot("y", 2), RevisionBelow("y", 3), RevisionAbove("y", 0), Exists("z"), Absent("é"),
	},
	Then: []kv.TxnOp{Put("x", "2"), Append("x", ""), Delete("y"), Increment("n", 5), Increment("m", 1)},
	Else: []kv.TxnOp{
		Get("x"), Get("y"), Range(Prefix("a")),
		Range(Query{Range: true, Key: "a", Limit: 3}),
	},
}

const everyTxnJSON = `{
	"compares": [
		{"key": "x", "value": "1"}, {"key": "x", "value": {"not_equal": "2"}},
		{"key": "x", "value": {"less": "3"}}, {"key": "x", "value": {"greater": ""}},
		{"key": "y", "revision": {"equal": 1}}, {"key": "y", "revision": {"not_equal": 2}},
		{"key": "y", "revision": {"less": 3}}, {"key": "y", "revision": {"greater": 0}},
		{"key": "z", "exists": true}, {"key": "é", "exists": false}
	],
	"then": [
		{"put": {"key": "x", "value": "2"}}, {"append": {"key": "x", "value": ""}}, {"delete": {"key": "y"}},
		{"increment": {"key": "n", "by": 5}}, {"increment": {"key": "m"}}
	],
	"else": [
		{"get": {"key": "x"}}, {"get": {"key": "y"}}, {"range": {"prefix": "a"}}, {"range": {"from": "a", "limit": 3}}
	]
}`

func TestATransactionReadsBackAsItWasBuilt(t *testing.T) {
	read, err := decodeTxn(everyTxnJSON)
	require.NoError(t, err)
	require.Equal(t, everyTxn, read)
	read, err = decodeTxn(encodeTxn(everyTxn))
	require.NoError(t, err)
	require.Equal(t, everyTxn, read)

	built := If(everyTxn.Compares...).Then(everyTxn.Then...).Else(everyTxn.Else...)
	require.Equal(t, everyTxn, &built.txn)
	require.Equal(t, kv.Txn{Then: []kv.TxnOp{Get("x")}}, Atomically(Get("x")).txn)
}

func TestATransactionThatMakesNoSenseIsRefusedInOneSentence(t *testing.T) {
	for body, want := range map[string]string{
		``:                                 "it is empty",
		`[]`:                               "cannot unmarshal",
		`{"then":[{"get":{"key":"x"}}]}{}`: "after top-level value",
		"{\"then\":[{\"get\":{\"key\":\"\xff\"}}]}":                  "invalid UTF-8",
		`{"then":[{"get":{"key":"\ud800"}}]}`:                        "invalid surrogate pair",
		`{"then":[{"get":{"Key":"x"}}]}`:                             `unknown object member name "Key"`,
		`{"then":[{"get":{"key":"x","key":"y"}}]}`:                   `duplicate object member name "key"`,
		`{"then":[{"delete":{"key":"x"}}],"then":[]}`:                `duplicate object member name "then"`,
		`{"compares":[{"key":"x","value":{"less":"1","less":"2"}}]}`: `duplicate object member name "less"`,
		`{"if":[]}`:                  `unknown object member name "if"`,
		`{"compares":[{"key":"x"}]}`: "compare 0: it must have a key and one of value, revision and exists",
		`{"compares":[{"key":"x","value":"1","exists":true}]}`:         "one of value, revision and exists",
		`{"compares":[{"key":"x","value":1}]}`:                         "cannot unmarshal JSON number",
		`{"compares":[{"key":"x","value":{"like":"1"}}]}`:              `unknown object member name "like"`,
		`{"compares":[{"key":"x","value":{}}]}`:                        "a condition has one of",
		`{"compares":[{"key":"x","revision":{"less":1,"greater":0}}]}`: "a condition has one of",
		`{"compares":[{"key":"x","revision":-1}]}`:                     "cannot unmarshal JSON number",
		`{"compares":[{"value":"1"}]}`:                                 "the key is empty",
		`{"then":[{}]}`:                                                "operation 0 of then: it must be one of put",
		`{"then":[{"put":{"key":"x","value":"1"},"get":{"key":"x"}}]}`: "it must be one of put",
		`{"else":[{"put":{"key":"x"}}]}`:                               "operation 0 of else: its value is missing",
		`{"else":[{"append":{"key":"x","value":null}}]}`:               "its value is missing",
		`{"then":[{"range":{"prefix":"a","from":"b"}}]}`:               "either a prefix, or from and to",
		`{"then":[{"range":{"limit":-1}}]}`:                            "the limit of a range",
		`{"then":[{"increment":{"key":"n","by":"5"}}]}`:                "cannot unmarshal JSON string",
		`{"then":[{"cas":{"key":"x"}}]}`:                               `unknown object member name "cas"`,
	} {
		store := &fakeStore{}
		w := ask(store, "POST", "/txn", body)
		require.Equal(t, http.StatusBadRequest, w.Code, body)
		var e Error
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e))
		require.Contains(t, e.Message, want)
		require.Empty(t, store.asked)
	}
}

func TestARefusedTransactionSaysWhichOperationCannotBeDone(t *testing.T) {
	store := &fakeStore{result: kv.Result{Code: kv.NotNumber, FailedOp: 0}, failure: &replica.Error{Code: replica.NotNumber, Definite: true}}
	w := ask(store, "POST", "/txn", everyTxnJSON)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.JSONEq(t, `{"code":"not_number","definite":true,"operation":0,"message":
		"an operation of the transaction cannot be done, so none was: the key holds a value that is no decimal number of 64 bits"}`, w.Body.String())

	store.failure = &replica.Error{Code: replica.Timeout}
	require.NotContains(t, ask(store, "POST", "/txn", everyTxnJSON).Body.String(), "operation\":")
}

// FuzzTxnJSON: what can be read is written so that it reads back the same.
func FuzzTxnJSON(f *testing.F) {
	f.Add(everyTxnJSON)
	f.Add(`{"compares":[{"key":"x","value":{"equal":null,"less":"a"}}],"then":[{"range":{"from":"","to":""}}]}`)
	f.Add(`{"then":[{"increment":{"key":"n","by":-9223372036854775808}}],"else":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		txn, err := decodeTxn(text)
		if err != nil || (kv.Command{Op: kv.Transact, Txn: txn}).Validate() != nil {
			return
		}
		again, err := decodeTxn(encodeTxn(txn))
		require.NoError(t, err)
		require.Equal(t, txn, again)
	})
}
