package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"senkei/harness/cluster"
	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
	"senkei/node/storage/memory"
)

// Disk says how fast disks are.
type Disk struct {
	// A sync takes from SyncMin to SyncMax. Writes that nobody waits for take no time.
	SyncMin time.Duration `json:"sync_min"`
	SyncMax time.Duration `json:"sync_max"`
}

// slowness is how many times longer everything takes on a slow disk.
const slowness = 30

// disk carries out a server's writes beside its loop, as the server's own does: what comes
// up while a sync is under way waits, and then goes with the next. It outlives the lives
// of the server.
type disk struct {
	w       *World
	server  *server
	memory  *memory.Store
	queue   []replica.Effect // not begun
	writing []replica.Effect // under way
	busy    bool
	overdue bool // what is under way would be over, but the disk stalls
	syncs   uint64
	crashes uint64
	rotten  bool // an entry was damaged; the server that finds it does not start

	trouble map[cluster.DiskTrouble]int // how many faults of each kind are in force
}

func newDisk(w *World, s *server) *disk {
	return &disk{w: w, server: s, memory: memory.New(), trouble: map[cluster.DiskTrouble]int{}}
}

// write queues an effect that concerns the disk.
func (d *disk) write(e replica.Effect) { d.queue = append(d.queue, e) }

// proceed begins what is queued, unless something is under way.
func (d *disk) proceed() {
	if d.busy || len(d.queue) == 0 || d.trouble[cluster.DiskStalled] > 0 || d.server.paused {
		return
	}
	d.queue, d.writing = d.writing[:0], d.queue
	d.busy = true
	if !slices.ContainsFunc(d.writing, syncs) {
		d.finish()
		return
	}
	d.syncs++
	dice := dice(draw(d.w.seed, drawSync, uint64(d.server.number), 0, d.syncs))
	takes := dice.between(d.w.opts.Disk.SyncMin, d.w.opts.Disk.SyncMax)
	if d.trouble[cluster.DiskSlow] > 0 {
		takes *= slowness
	}
	d.w.queue.push(d.w.now+takes, event{kind: onDisk, server: d.server, life: d.server.life})
}

func syncs(e replica.Effect) bool {
	_, is := e.(replica.Persist)
	return is
}

var (
	errFailing = errors.New("input/output error")
	errFull    = errors.New("no space left on device")
)

// finish ends what is under way. A disk that fails ends the server, as it ends the real one.
func (d *disk) finish() {
	if d.trouble[cluster.DiskStalled] > 0 {
		d.overdue = true
		return
	}
	var failure error
	switch {
	case d.trouble[cluster.DiskFailing] > 0:
		failure = errFailing
	case d.trouble[cluster.DiskFull] > 0:
		failure = errFull
	}
	if failure != nil {
		d.w.trace.moment(d.w.now, d.server, "crash", fmt.Sprintf("stops: %v", failure))
		d.w.crash(d.server, true)
		return
	}
	d.busy = false
	written := d.writing
	err := storage.WriteAll(d.memory, written, func(token uint64) {
		d.w.enter(d.server, replica.Persisted{Token: token})
	})
	if err != nil {
		d.w.fail("disk protocol", d.server.id, err.Error())
	}
	clear(written)
	d.proceed()
}

// crash decides what is left: of the writes under way a beginning, and, where the power
// goes, of everything that was not synced a beginning.
func (d *disk) crash(power bool) {
	d.crashes++
	dice := dice(draw(d.w.seed, drawCrash, uint64(d.server.number), 0, d.crashes))
	if d.busy {
		begun := d.writing[:dice.below(len(d.writing)+1)]
		if err := storage.WriteAll(d.memory, begun, func(uint64) {}); err != nil {
			d.w.fail("disk protocol", d.server.id, err.Error())
		}
	}
	if power {
		d.memory.PowerLoss(dice.below(d.memory.Unsynced() + 1))
	}
	d.queue, d.writing, d.busy, d.overdue = nil, nil, false, false
}

// goOn ends a stall.
func (d *disk) goOn() {
	if d.trouble[cluster.DiskStalled] > 0 {
		return
	}
	if d.overdue {
		d.overdue = false
		d.finish()
	}
	d.proceed()
}

// configurations returns every configuration that the log on the disk holds.
func (d *disk) configurations() []raft.Configuration {
	found, err := d.memory.Load()
	if err != nil {
		return nil // it is damaged, and counts for nothing
	}
	all := []raft.Configuration{found.Base.Configuration}
	for _, e := range found.Entries {
		if e.Configuration != nil {
			all = append(all, *e.Configuration)
		}
	}
	return all
}

// rot damages an entry of the stored log, if there is one.
func (d *disk) rot() bool {
	found, err := d.memory.Load()
	if err != nil || len(found.Entries) == 0 {
		return false
	}
	d.crashes++
	dice := dice(draw(d.w.seed, drawRot, uint64(d.server.number), 0, d.crashes))
	d.rotten = d.memory.Rot(found.Entries[dice.below(len(found.Entries))].Index)
	return d.rotten
}

// bootstrap writes what a member of a new cluster begins with.
func (d *disk) bootstrap(c raft.Configuration) {
	if err := d.memory.Bootstrap(replica.Founding(c)); err != nil {
		panic(fmt.Sprintf("sim: found a cluster: %v", err))
	}
}
