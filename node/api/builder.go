package api

import "senkei/node/kv"

// Txn is a transaction for Client.Txn, which reads as it works:
//
//	api.If(api.ValueIs("x", "1"), api.Absent("y")).
//		Then(api.Put("x", "2"), api.Increment("n", 1)).
//		Else(api.Get("x"))
type Txn struct{ txn kv.Txn }

// Compare is a condition of a transaction.
type Compare = kv.Compare

// Op is an operation of a transaction. It sees what those before it did.
type Op = kv.TxnOp

// Query asks for the keys of a range; see Prefix and Between.
type Query = kv.Query

// If returns a transaction that carries out its Then if every compare holds, and else its
// Else.
func If(compares ...Compare) Txn { return Txn{kv.Txn{Compares: compares}} }

// Atomically returns a transaction that carries out the operations in any case.
func Atomically(ops ...Op) Txn { return If().Then(ops...) }

// Then returns the transaction with these operations for the case that all compares hold.
func (t Txn) Then(ops ...Op) Txn {
	t.txn.Then = ops
	return t
}

// Else returns the transaction with these operations for the other case.
func (t Txn) Else(ops ...Op) Txn {
	t.txn.Else = ops
	return t
}

// ValueIs holds if the key exists with this value.
func ValueIs(key, value string) Compare { return compareValue(key, kv.Equal, value) }

// ValueIsNot holds if the key does not exist or has another value.
func ValueIsNot(key, value string) Compare { return compareValue(key, kv.NotEqual, value) }

// ValueBelow holds if the key exists and the bytes of its value come before these.
func ValueBelow(key, value string) Compare { return compareValue(key, kv.Less, value) }

// ValueAbove holds if the key exists and the bytes of its value come after these.
func ValueAbove(key, value string) Compare { return compareValue(key, kv.Greater, value) }

func compareValue(key string, relation kv.Relation, value string) Compare {
	return Compare{Key: key, Target: kv.Value, Relation: relation, Value: value}
}

// RevisionIs holds if the key has this revision, which is 0 if it does not exist.
func RevisionIs(key string, revision uint64) Compare {
	return compareRevision(key, kv.Equal, revision)
}

// RevisionIsNot holds if the key has another revision.
func RevisionIsNot(key string, revision uint64) Compare {
	return compareRevision(key, kv.NotEqual, revision)
}

// RevisionBelow holds if the key was last changed before this revision, or does not exist.
func RevisionBelow(key string, revision uint64) Compare {
	return compareRevision(key, kv.Less, revision)
}

// RevisionAbove holds if the key was changed after this revision, and exists.
func RevisionAbove(key string, revision uint64) Compare {
	return compareRevision(key, kv.Greater, revision)
}

func compareRevision(key string, relation kv.Relation, revision uint64) Compare {
	return Compare{Key: key, Target: kv.Revision, Relation: relation, Revision: revision}
}

// Exists holds if the key exists.
func Exists(key string) Compare { return Compare{Key: key, Target: kv.Exists, Relation: kv.Equal} }

// Absent holds if the key does not exist.
func Absent(key string) Compare { return Compare{Key: key, Target: kv.Exists, Relation: kv.NotEqual} }

// Get reads a key.
func Get(key string) Op { return Op{Query: &Query{Key: key}} }

// Range reads the keys of a range.
func Range(q Query) Op { return Op{Query: &q} }

// Put stores a value.
func Put(key, value string) Op { return Op{Op: kv.Put, Key: key, Value: value} }

// Delete removes a key.
func Delete(key string) Op { return Op{Op: kv.Delete, Key: key} }

// Append adds a value to the end of what the key holds.
func Append(key, value string) Op { return Op{Op: kv.Append, Key: key, Value: value} }

// Increment adds a number to the one that the key holds, which is 0 if it does not exist.
func Increment(key string, by int64) Op { return Op{Op: kv.Increment, Key: key, Delta: by} }

// Prefix asks for all keys that begin with p.
func Prefix(p string) Query { return kv.Prefix(p) }

// Between asks for the keys from one up to, not including, another; an empty to has no
// bound.
func Between(from, to string) Query { return Query{Key: from, Range: true, End: to} }
