package invariants

import (
	"senkei/node/raft"
)

// I11, snapshot content: a snapshot, and the base of a log, name a committed entry with its
// term, and the configuration that is in force there; the state in it is the one after that
// entry (paper §7 and Figure 13; thesis §5.1).
var snapshotContent = rule{"I11", "snapshot content"}

// judgeMeta compares the name of a snapshot with what is committed.
func (l *Ledger) judgeMeta(sv *server, meta *raft.SnapshotMeta, does string) {
	if meta.Index > l.chain.last() {
		l.fail(snapshotContent, sv, "%s a snapshot of entry %d, but only %d is committed", does, meta.Index, l.chain.last())
		return
	}
	if want := l.chain.entries[meta.Index].term; meta.Term != want {
		l.fail(snapshotContent, sv, "%s a snapshot of an entry %d of term %d, but the one of term %d is committed", does, meta.Index, meta.Term, want)
	}
	want := l.chain.configuration(meta.Index)
	if meta.ConfigurationIndex != want.index || !sameServers(meta.Configuration, want.configuration) {
		l.fail(snapshotContent, sv, "%s a snapshot of entry %d with the configuration of entry %d (%v) instead of that of entry %d (%v)",
			does, meta.Index, meta.ConfigurationIndex, meta.Configuration, want.index, want.configuration)
	}
}

// offers judges a snapshot that is being sent, once for all its chunks.
func (l *Ledger) offers(sv *server, meta *raft.SnapshotMeta) {
	if meta.Index != sv.offered {
		l.judgeMeta(sv, meta, "it sends")
		sv.offered = meta.Index
	}
}

// installed judges a snapshot that takes the place of a server's state and log.
func (l *Ledger) installed(sv *server, in *raft.Install) {
	if in.Meta.Index <= sv.commit {
		l.fail(monotoneProgress, sv, "it installs a snapshot of entry %d, but its commit index is %d", in.Meta.Index, sv.commit)
		return
	}
	if l.judgeMeta(sv, &in.Meta, "it installs"); l.broken != nil {
		return
	}
	if gone := sv.log.install(in.Meta, in.KeepLog); gone > 0 {
		sv.cut = min(sv.cut, in.Meta.Index+1)
	}
	sv.commit = in.Meta.Index
	if len(sv.log.entries) == 0 {
		return
	}
	next := in.Meta.Index + 1
	if k := l.seen.find(next, sv.log.entries[0].term); k.prev != in.Meta.Term {
		l.fail(logMatching, sv, "it keeps the entry %d of term %d, which follows an entry of term %d, after a snapshot that ends with term %d",
			next, k.Term, k.prev, in.Meta.Term)
	}
}

// compacted judges where a server cuts off the beginning of its log.
func (l *Ledger) compacted(sv *server, meta *raft.SnapshotMeta) {
	if meta.Index < sv.log.base || meta.Index > sv.applied {
		l.fail(snapshotContent, sv, "it cuts its log, which begins after entry %d, after entry %d, having applied %d", sv.log.base, meta.Index, sv.applied)
		return
	}
	if l.judgeMeta(sv, meta, "it cuts its log for"); l.broken == nil {
		sv.log.compact(meta)
	}
}
