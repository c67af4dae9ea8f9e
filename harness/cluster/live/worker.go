package live

import (
	"context"

	"senkei/harness/cluster"
	"senkei/history"
)

// worker carries out the operations of one process, one after the other.
type worker struct {
	process history.Process
	node    history.NodeID
	open    bool               // an operation is under way; only Invoke and Await touch it
	inputs  chan history.Input // closed when the process retires
}

func (w *worker) run(s *Shell, addr string) {
	client := s.sys.Open(addr)
	// What Close of a client has to say is of no use: its last operation is recorded.
	defer func() { _ = client.Close() }()
	for {
		select {
		case in, ok := <-w.inputs:
			if !ok {
				return
			}
			s.end(ending{Completion: w.do(s, client, in)})
		case <-s.ctx.Done():
			return
		}
	}
}

func (w *worker) do(s *Shell, client cluster.Client, in history.Input) cluster.Completion {
	ctx, cancel := context.WithTimeout(s.ctx, s.opTimeout)
	defer cancel()
	out, err := client.Invoke(ctx, in)
	return cluster.Completion{Process: w.process, Output: out, Err: err}
}
