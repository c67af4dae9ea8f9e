package raft

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"senkei/node/marks"
)

// stage is where a script is played: servers, the messages under way, one clock, and the
// trace of what happens.
type stage struct {
	t       *testing.T
	ids     []ID
	servers map[ID]*server
	slow    map[ID]bool // writes wait for the script
	margin  uint64      // of entries that compaction leaves; 0 compacts nothing
	lease   bool
	marks   *marks.Counts
	commit  map[ID]uint64 // as last told
	mail    []Message     // under way, in the order sent
	cut     []string      // links that lose everything
	now     time.Duration

	trace  strings.Builder
	indent string
	quiet  bool
}

func newStage(t *testing.T, hit *marks.Counts) *stage {
	return &stage{t: t, marks: hit, servers: map[ID]*server{}, slow: map[ID]bool{}, commit: map[ID]uint64{}}
}

func (s *stage) start(n int) {
	for i := range n {
		s.ids = append(s.ids, ID(fmt.Sprintf("n%d", i+1)))
	}
	var servers []Server
	for _, id := range s.ids {
		servers = append(servers, Server{ID: id})
	}
	for _, id := range s.ids {
		s.servers[id] = &server{}
		s.servers[id].found(servers...)
		s.boot(id)
	}
}

// newcomer starts a server that belongs to no cluster yet.
func (s *stage) newcomer(id ID) {
	s.ids = append(s.ids, id)
	s.servers[id] = &server{}
	s.boot(id)
}

func (s *stage) boot(id ID) {
	sv := s.servers[id]
	sv.start(s.t, boot{id: id, seed: uint64(slices.Index(s.ids, id)), now: s.now, margin: s.margin, lease: s.lease, marks: s.marks})
	s.commit[id] = sv.raft.Commit()
}

// up returns a server that must be running.
func (s *stage) up(id ID) *server {
	sv := s.servers[id]
	require.NotNil(s.t, sv, "no server %s", id)
	require.NotNil(s.t, sv.raft, "%s is down", id)
	return sv
}

func (s *stage) disk(id ID, a arguments) {
	sv := s.up(id)
	d := disk{hard: HardState{Term: a.optional("term")}, base: sv.disk.base}
	if vote := a.named["vote"]; len(vote) > 0 {
		d.hard.Vote = ID(vote[0])
	}
	if terms := a.named["log"]; len(terms) > 0 {
		for i, term := range strings.Split(terms[0], ",") {
			d.log = append(d.log, Entry{Index: uint64(i + 1), Term: a.number(term)})
		}
	}
	d.state = d.log[:a.optional("commit")]
	sv.disk = d
	s.boot(id)
}

// pass lets time pass; only the servers named act on it.
func (s *stage) pass(d time.Duration, ids ...ID) {
	s.now += d
	for _, id := range s.ids {
		if r := s.servers[id].raft; r != nil {
			r.now, r.clock = s.now, s.now // messages are handled at this time
		}
	}
	for _, id := range ids {
		s.up(id).raft.Tick(s.now)
		s.settle(id)
	}
}

func (s *stage) timeout(id ID) {
	s.pass(max(0, s.up(id).raft.electionAt-s.now), id)
}

// elect has a server ask for pre-votes and then for votes. What it sends once it leads is
// under way afterwards.
func (s *stage) elect(id ID) {
	s.quiet = true
	s.timeout(id)
	from, to := []string{string(id) + "->*"}, []string{"*->" + string(id)}
	for range 2 {
		s.deliver(from, 0)
		s.deliver(to, 0)
	}
}

func (s *stage) lead(id ID) {
	s.elect(id)
	s.deliver([]string{"all"}, 0)
	s.pass(heartbeatInterval, id)
	s.deliver([]string{"all"}, 0)
	require.Equal(s.t, Leader, s.up(id).raft.Role())
	s.trace.Reset()
}

// run lets all servers live for a while and tells only of messages on the links given.
func (s *stage) run(d time.Duration, loud []string) {
	const step = 10 * time.Millisecond
	for end := s.now + d; s.now < end; {
		s.now += step
		for _, id := range s.ids {
			if r := s.servers[id].raft; r != nil {
				s.quiet = true
				r.Tick(s.now)
				s.settle(id)
			}
		}
		s.take([]string{"all"}, 0, func(m Message) {
			s.quiet = !matches(loud, m)
			s.receive(m)
		})
	}
}

func (s *stage) propose(id ID, name string, size int) {
	data := []byte(name)
	if pad := size - len(data); pad > 0 {
		data = append(data, bytes.Repeat([]byte{0}, pad)...)
	}
	_, _, err := s.up(id).raft.Propose(data)
	s.answer(id, err)
}

func (s *stage) reconfigure(id ID, change Change) {
	_, _, err := s.up(id).raft.Reconfigure(change)
	s.answer(id, err)
}

func (s *stage) transfer(id, to ID) {
	_, err := s.up(id).raft.Transfer(to)
	s.answer(id, err)
}

func (s *stage) answer(id ID, err error) {
	if err != nil {
		s.tell("%s refuses: %v", id, err)
	}
	s.settle(id)
}

func (s *stage) read(id ID, read uint64, lease bool) {
	if !s.up(id).raft.Read(read, lease) {
		s.tell("%s does not lead", id)
	}
	s.settle(id)
}

// find returns the position of the nth message under way on these links, or -1; 0 stands
// for the first.
func (s *stage) find(links []string, nth int) int {
	for i, m := range s.mail {
		if matches(links, m) {
			if nth--; nth <= 0 {
				return i
			}
		}
	}
	return -1
}

func matches(links []string, m Message) bool {
	return slices.ContainsFunc(links, func(link string) bool {
		from, to, oneWay := strings.Cut(link, "->")
		if !oneWay {
			return link == "all" || m.From == ID(link) || m.To == ID(link)
		}
		return (from == "*" || m.From == ID(from)) && (to == "*" || m.To == ID(to))
	})
}

// take removes and returns the messages that deliver and drop mean, one after the other,
// also those that come up meanwhile.
func (s *stage) take(links []string, nth int, handle func(Message)) {
	for handled := 0; ; handled++ {
		require.Less(s.t, handled, 1000, "messages never cease on %v", links)
		i := s.find(links, nth)
		if i < 0 {
			require.False(s.t, handled == 0 && nth > 0, "no message %d on %v", nth, links)
			return
		}
		m := s.mail[i]
		s.mail = slices.Delete(s.mail, i, i+1)
		handle(m)
		if nth > 0 {
			return
		}
	}
}

func (s *stage) deliver(links []string, nth int) { s.take(links, nth, s.receive) }

func (s *stage) receive(m Message) {
	sv := s.servers[m.To]
	if sv.raft == nil {
		s.tell("%s (down)", describe(m))
		return
	}
	s.tell("%s", describe(m))
	s.indent = "  "
	sv.raft.Step(m)
	s.settle(m.To)
	s.indent = ""
}

func (s *stage) drop(links []string, nth int) {
	s.take(links, nth, func(m Message) { s.tell("%s (lost)", describe(m)) })
}

func (s *stage) repeat(links []string, nth int) {
	i := s.find(links, nth)
	require.GreaterOrEqual(s.t, i, 0, "no message on %v", links)
	s.mail = append(s.mail, s.mail[i])
	s.tell("%s (again)", describe(s.mail[i]))
}

func (s *stage) send(messages []Message) {
	for _, m := range messages {
		if matches(s.cut, m) {
			s.tell("%s (cut)", describe(m))
			continue
		}
		s.tell("%s", describe(m))
		s.mail = append(s.mail, m)
	}
}

// settle does what a server asks for, in the order that Ready prescribes, until it asks
// for nothing more. What a slow disk holds back stays for persist.
func (s *stage) settle(id ID) {
	sv := s.servers[id]
	for {
		rd := sv.raft.Ready()
		commit := sv.raft.Commit()
		s.tellNotes(id, rd.Notes)
		sv.take(s.t, rd)
		s.send(rd.Messages)
		s.tellWrite(id, rd)
		flushed := len(sv.deferred) > 0 && (!s.slow[id] || describeWrite(sv.deferred[0]) == "")
		if flushed {
			s.send(sv.flush(s.t))
		}
		s.tellProgress(id, commit, rd)
		if !flushed {
			return
		}
	}
}

func (s *stage) persist(id ID) {
	sv := s.up(id)
	require.NotEmpty(s.t, sv.deferred, "%s has nothing to persist", id)
	s.tell("%s persisted %s", id, describeWrite(sv.deferred[0]))
	s.indent = "  "
	s.send(sv.flush(s.t))
	s.settle(id)
	s.indent = ""
}

func (s *stage) crash(id ID) {
	s.up(id).raft = nil
}

func (s *stage) restart(id ID) {
	require.Nil(s.t, s.servers[id].raft, "%s is up", id)
	s.boot(id)
	s.status([]ID{id})
}
