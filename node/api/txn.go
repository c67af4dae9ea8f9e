package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"senkei/node/kv"
	"senkei/node/replica"
)

// A transaction in JSON. Each compare has a key and one condition, each operation one name:
//
//	{"compares": [{"key": "x", "value": "1"}, {"key": "y", "revision": {"greater": 5}}, {"key": "z", "exists": false}],
//	 "then": [{"put": {"key": "x", "value": "2"}}, {"increment": {"key": "n", "by": 5}}],
//	 "else": [{"get": {"key": "x"}}, {"range": {"prefix": "a"}}]}

type txnJSON struct {
	Compares []compareJSON `json:"compares,omitempty"`
	Then     []opJSON      `json:"then,omitempty"`
	Else     []opJSON      `json:"else,omitempty"`
}

type compareJSON struct {
	Key      string             `json:"key"`
	Value    *condition[string] `json:"value,omitempty"`
	Revision *condition[uint64] `json:"revision,omitempty"`
	Exists   *bool              `json:"exists,omitempty"`
}

// condition is a relation to an operand. The operand alone means Equal.
type condition[T string | uint64] struct {
	relation kv.Relation
	operand  T
}

type relationsJSON[T string | uint64] struct {
	Equal    *T `json:"equal,omitempty"`
	NotEqual *T `json:"not_equal,omitempty"`
	Less     *T `json:"less,omitempty"`
	Greater  *T `json:"greater,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *condition[T]) UnmarshalJSON(data []byte) error {
	if !strings.HasPrefix(string(data), "{") {
		c.relation = kv.Equal
		return json.Unmarshal(data, &c.operand)
	}
	var given relationsJSON[T]
	if err := decode(string(data), &given); err != nil {
		return err
	}
	named := 0
	for i, operand := range []*T{given.Equal, given.NotEqual, given.Less, given.Greater} {
		if operand != nil {
			c.relation, c.operand = kv.Relation(i+1), *operand
			named++
		}
	}
	if named != 1 {
		return errors.New("a condition has one of equal, not_equal, less and greater")
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (c condition[T]) MarshalJSON() ([]byte, error) {
	if c.relation == kv.Equal {
		return json.Marshal(c.operand)
	}
	return json.Marshal(map[string]T{c.relation.String(): c.operand})
}

type opJSON struct {
	Put       *textJSON `json:"put,omitempty"`
	Append    *textJSON `json:"append,omitempty"`
	Delete    *keyJSON  `json:"delete,omitempty"`
	Get       *keyJSON  `json:"get,omitempty"`
	Increment *addJSON  `json:"increment,omitempty"`
	Range     *span     `json:"range,omitempty"`
}

type keyJSON struct {
	Key string `json:"key"`
}

type textJSON struct {
	Key   string  `json:"key"`
	Value *string `json:"value"`
}

type addJSON struct {
	Key string `json:"key"`
	By  *int64 `json:"by,omitempty"` // 1 where it is left out
}

// parseTxn reads a transaction.
func parseTxn(r *http.Request) (replica.Request, *Error) {
	if r.Method != http.MethodPost {
		return replica.Request{}, refuse(UnknownMethod, "a transaction takes POST")
	}
	given, refusal := parameters(r, ofWrites)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	text, refusal := body(r, bodyBytesMax)
	if refusal != nil {
		return replica.Request{}, refusal
	}
	txn, err := decodeTxn(text)
	if err != nil {
		return replica.Request{}, refuse(replica.Invalid,
			`the body must be a transaction such as {"compares": [{"key": "x", "value": "1"}], "then": [{"put": {"key": "x", "value": "2"}}]}: %v`, err)
	}
	return write(r, kv.Command{Op: kv.Transact, Txn: txn}, given.forward)
}

func decodeTxn(text string) (*kv.Txn, error) {
	var given txnJSON
	if err := decode(text, &given); err != nil {
		return nil, err
	}
	txn := &kv.Txn{}
	for i, c := range given.Compares {
		compare, err := c.compare()
		if err != nil {
			return nil, fmt.Errorf("compare %d: %w", i, err)
		}
		txn.Compares = append(txn.Compares, compare)
	}
	var err error
	if txn.Then, err = operations("then", given.Then); err != nil {
		return nil, err
	}
	if txn.Else, err = operations("else", given.Else); err != nil {
		return nil, err
	}
	return txn, nil
}

func (c compareJSON) compare() (kv.Compare, error) {
	var all []kv.Compare
	if c.Value != nil {
		all = append(all, kv.Compare{Key: c.Key, Target: kv.Value, Relation: c.Value.relation, Value: c.Value.operand})
	}
	if c.Revision != nil {
		all = append(all, kv.Compare{Key: c.Key, Target: kv.Revision, Relation: c.Revision.relation, Revision: c.Revision.operand})
	}
	if c.Exists != nil {
		relation := kv.Equal
		if !*c.Exists {
			relation = kv.NotEqual
		}
		all = append(all, kv.Compare{Key: c.Key, Target: kv.Exists, Relation: relation})
	}
	if len(all) != 1 {
		return kv.Compare{}, errors.New("it must have a key and one of value, revision and exists")
	}
	return all[0], nil
}

func operations(branch string, given []opJSON) ([]kv.TxnOp, error) {
	var ops []kv.TxnOp
	for i, g := range given {
		op, err := g.operation()
		if err != nil {
			return nil, fmt.Errorf("operation %d of %s: %w", i, branch, err)
		}
		ops = append(ops, op)
	}
	return ops, nil
}

func (o opJSON) operation() (kv.TxnOp, error) {
	var all []kv.TxnOp
	for _, text := range []*textJSON{o.Put, o.Append} {
		if text != nil && text.Value == nil {
			return kv.TxnOp{}, errors.New("its value is missing")
		}
	}
	if o.Put != nil {
		all = append(all, Put(o.Put.Key, *o.Put.Value))
	}
	if o.Append != nil {
		all = append(all, Append(o.Append.Key, *o.Append.Value))
	}
	if o.Delete != nil {
		all = append(all, Delete(o.Delete.Key))
	}
	if o.Get != nil {
		all = append(all, Get(o.Get.Key))
	}
	if o.Increment != nil {
		by := int64(1)
		if o.Increment.By != nil {
			by = *o.Increment.By
		}
		all = append(all, Increment(o.Increment.Key, by))
	}
	if o.Range != nil {
		q, err := o.Range.query()
		if err != nil {
			return kv.TxnOp{}, err
		}
		all = append(all, Range(q))
	}
	if len(all) != 1 {
		return kv.TxnOp{}, errors.New("it must be one of put, append, delete, get, increment and range")
	}
	return all[0], nil
}

// encodeTxn reverses decodeTxn.
func encodeTxn(txn *kv.Txn) string {
	given := txnJSON{Then: operationsJSON(txn.Then), Else: operationsJSON(txn.Else)}
	for _, c := range txn.Compares {
		j := compareJSON{Key: c.Key}
		switch c.Target {
		case kv.Value:
			j.Value = &condition[string]{c.Relation, c.Value}
		case kv.Revision:
			j.Revision = &condition[uint64]{c.Relation, c.Revision}
		case kv.Exists:
			exists := c.Relation == kv.Equal
			j.Exists = &exists
		}
		given.Compares = append(given.Compares, j)
	}
	return string(marshal(given))
}

func operationsJSON(ops []kv.TxnOp) []opJSON {
	var all []opJSON
	for _, op := range ops {
		var j opJSON
		switch {
		case op.Query != nil && op.Query.Range:
			j.Range = &span{From: &op.Query.Key, Limit: op.Query.Limit}
			if op.Query.End != "" {
				j.Range.To = &op.Query.End
			}
		case op.Query != nil:
			j.Get = &keyJSON{op.Query.Key}
		case op.Op == kv.Put:
			j.Put = &textJSON{op.Key, &op.Value}
		case op.Op == kv.Append:
			j.Append = &textJSON{op.Key, &op.Value}
		case op.Op == kv.Delete:
			j.Delete = &keyJSON{op.Key}
		default:
			j.Increment = &addJSON{op.Key, &op.Delta}
		}
		all = append(all, j)
	}
	return all
}
