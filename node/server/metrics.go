package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"senkei/node/raft"
	"senkei/node/replica"
	"senkei/node/storage"
)

// metrics are what the node tells Prometheus, in a registry of its own. What the
// replica and the transport know already is read when somebody asks.
type metrics struct {
	server   *Server
	registry *prometheus.Registry

	requests       *prometheus.CounterVec
	requestSeconds *prometheus.HistogramVec
	persistSeconds prometheus.Histogram
	persistEntries prometheus.Histogram
	leaderChanges  prometheus.Counter
}

// latencyBuckets reach from 50 µs to 3.3 s.
var latencyBuckets = prometheus.ExponentialBuckets(50e-6, 2, 17)

func newMetrics(s *Server) *metrics {
	m := &metrics{
		server:   s,
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "senkei_requests_total", Help: "Requests of clients by kind and outcome.",
		}, []string{"kind", "code"}),
		requestSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "senkei_request_duration_seconds", Help: "Time from a client's request to its answer.",
			Buckets: latencyBuckets,
		}, []string{"kind"}),
		persistSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "senkei_persist_duration_seconds", Help: "Time to make one batch durable.",
			Buckets: latencyBuckets,
		}),
		persistEntries: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "senkei_persist_batch_entries", Help: "Log entries that one disk write made durable.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		leaderChanges: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "senkei_leader_changes_total", Help: "How often this node learnt of a new leader or term of one.",
		}),
	}
	m.registry.MustRegister(m.requests, m.requestSeconds, m.persistSeconds, m.persistEntries, m.leaderChanges, m)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) answered(r replica.Request, failure *replica.Error, took time.Duration) {
	kind, code := "read", "ok"
	switch {
	case r.Read != nil && r.Read.Consistency != replica.Linearizable:
		kind = r.Read.Consistency.String() + "-read"
	case r.Change != nil:
		kind = "change"
	case r.Transfer != nil:
		kind = "transfer"
	case r.Read == nil:
		kind = r.Command.Op.String()
	}
	if failure != nil {
		code = string(failure.Code)
	}
	m.requests.WithLabelValues(kind, code).Inc()
	m.requestSeconds.WithLabelValues(kind).Observe(took.Seconds())
}

// measured is a store that is measured while it persists.
type measured struct {
	storage.Store
	metrics *metrics
}

// Persist persists the batch and counts how much it was and how long it took.
func (s measured) Persist(batch []replica.Persist) error {
	began := time.Now()
	err := s.Store.Persist(batch)
	entries := 0
	for _, p := range batch {
		entries += len(p.Entries)
	}
	s.metrics.persistSeconds.Observe(time.Since(began).Seconds())
	s.metrics.persistEntries.Observe(float64(entries))
	return err
}

var (
	roleDesc       = prometheus.NewDesc("senkei_role", "1 for the role that the node has now.", []string{"role"}, nil)
	termDesc       = prometheus.NewDesc("senkei_term", "Latest Raft term that the node has seen.", nil, nil)
	commitDesc     = prometheus.NewDesc("senkei_commit_index", "Highest log index known to be committed.", nil, nil)
	appliedDesc    = prometheus.NewDesc("senkei_applied_index", "Log index up to which the state reaches.", nil, nil)
	lastIndexDesc  = prometheus.NewDesc("senkei_last_index", "Index of the last entry of the log.", nil, nil)
	firstIndexDesc = prometheus.NewDesc("senkei_first_index", "Index of the first entry that the log still holds.", nil, nil)
	membersDesc    = prometheus.NewDesc("senkei_members", "Servers of the configuration in force.", []string{"voter"}, nil)
	leaseDesc      = prometheus.NewDesc("senkei_lease_held", "1 while the node leads and holds a lease for reads.", nil, nil)
	snapSentDesc   = prometheus.NewDesc("senkei_snapshots_sent_total", "Snapshots that other servers have got from this one.", nil, nil)
	installedDesc  = prometheus.NewDesc("senkei_snapshots_installed_total", "Snapshots that took the place of this node's state.", nil, nil)
	matchDesc      = prometheus.NewDesc("senkei_peer_match_index", "Log index up to which a peer is known to hold the leader's log.", []string{"peer"}, nil)
	inflightDesc   = prometheus.NewDesc("senkei_peer_inflight_bytes", "Entries on their way to a peer.", []string{"peer"}, nil)
	openDesc       = prometheus.NewDesc("senkei_open_requests", "Requests that wait for their answer.", nil, nil)
	sentDesc       = prometheus.NewDesc("senkei_frames_sent_total", "Frames sent to a peer.", []string{"peer"}, nil)
	receivedDesc   = prometheus.NewDesc("senkei_frames_received_total", "Frames received from a peer.", []string{"peer"}, nil)
	droppedDesc    = prometheus.NewDesc("senkei_frames_dropped_total", "Frames for a peer that were given up.", []string{"peer"}, nil)
	overrunDesc    = prometheus.NewDesc("senkei_frames_overrun_total",
		"Frames that were received and dropped because the node could not keep up.", nil, nil)
)

// Describe implements prometheus.Collector.
func (m *metrics) Describe(descs chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, descs) }

// Collect implements prometheus.Collector.
func (m *metrics) Collect(all chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	count := func(desc *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, value, labels...)
	}
	status, _ := m.server.Status()
	for role := raft.Follower; role <= raft.Leader; role++ {
		gauge(roleDesc, number(role == status.Role), role.String())
	}
	gauge(termDesc, float64(status.Term))
	gauge(commitDesc, float64(status.Commit))
	gauge(appliedDesc, float64(status.Applied))
	gauge(lastIndexDesc, float64(status.LastIndex))
	gauge(openDesc, float64(status.Open))
	gauge(firstIndexDesc, float64(status.FirstIndex))
	voters := status.Configuration.Voters()
	gauge(membersDesc, float64(voters), "true")
	gauge(membersDesc, float64(len(status.Configuration.Servers)-voters), "false")
	gauge(leaseDesc, number(status.Lease))
	count(snapSentDesc, float64(status.SnapshotsSent))
	count(installedDesc, float64(status.SnapshotsInstalled))
	for _, p := range status.Peers {
		gauge(matchDesc, float64(p.Match), string(p.ID))
		gauge(inflightDesc, float64(p.InflightBytes), string(p.ID))
	}
	for id, stats := range m.server.peers.Stats() {
		count(sentDesc, float64(stats.Sent), string(id))
		count(receivedDesc, float64(stats.Received), string(id))
		count(droppedDesc, float64(stats.Dropped), string(id))
	}
	count(overrunDesc, float64(m.server.frames.dropped.Load()))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
