package raft

import (
	"testing"

	"senkei/node/marks"
)

// BenchmarkReplicate measures a command's way from Propose at the leader until all three
// servers have applied it, without and with marks.
func BenchmarkReplicate(b *testing.B) {
	b.Run("unmarked", func(b *testing.B) { benchmarkReplicate(b, nil) })
	b.Run("marked", func(b *testing.B) { benchmarkReplicate(b, new(marks.Counts)) })
}

func benchmarkReplicate(b *testing.B, hit *marks.Counts) {
	servers := map[ID]*server{"n1": {}, "n2": {}, "n3": {}}
	for id, s := range servers {
		s.found(Server{ID: "n1"}, Server{ID: "n2"}, Server{ID: "n3"})
		s.start(b, boot{id: id, margin: 100, marks: hit})
	}
	var mail []Message
	settle := func(id ID) {
		r := servers[id].raft
		for {
			rd := r.Ready()
			mail = append(mail, rd.Messages...)
			mail = append(mail, rd.AfterPersist...)
			if rd.Hard == nil && len(rd.Entries) == 0 {
				return
			}
			var index, term uint64
			if n := len(rd.Entries); n > 0 {
				index, term = rd.Entries[n-1].Index, rd.Entries[n-1].Term
			}
			r.Persisted(index, term, rd.Hard)
		}
	}
	deliver := func() {
		for len(mail) > 0 {
			m := mail[0]
			mail = mail[1:]
			servers[m.To].raft.Step(m)
			settle(m.To)
		}
	}
	leader := servers["n1"].raft
	leader.Tick(2 * electionTimeout)
	settle("n1")
	deliver()
	data := make([]byte, 100)
	for b.Loop() {
		if _, _, err := leader.Propose(data); err != nil {
			b.Fatal(err)
		}
		settle("n1")
		deliver()
	}
}
