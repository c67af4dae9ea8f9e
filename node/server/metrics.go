package server

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"senkei/node/raft"
	"senkei/node/replica"
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
	case r.Read != nil && r.Read.Stale:
		kind = "stale-read"
	case r.Read == nil:
		kind = r.Command.Op.String()
	}
	if failure != nil {
		code = string(failure.Code)
	}
	m.requests.WithLabelValues(kind, code).Inc()
	m.requestSeconds.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *metrics) persisted(entries int, took time.Duration) {
	m.persistSeconds.Observe(took.Seconds())
	m.persistEntries.Observe(float64(entries))
}

var (
	roleDesc      = prometheus.NewDesc("senkei_role", "1 for the role that the node has now.", []string{"role"}, nil)
	termDesc      = prometheus.NewDesc("senkei_term", "Latest Raft term that the node has seen.", nil, nil)
	commitDesc    = prometheus.NewDesc("senkei_commit_index", "Highest log index known to be committed.", nil, nil)
	appliedDesc   = prometheus.NewDesc("senkei_applied_index", "Log index up to which the state reaches.", nil, nil)
	lastIndexDesc = prometheus.NewDesc("senkei_last_index", "Index of the last entry of the log.", nil, nil)
	openDesc      = prometheus.NewDesc("senkei_open_requests", "Requests that wait for their answer.", nil, nil)
	sentDesc      = prometheus.NewDesc("senkei_frames_sent_total", "Frames sent to a peer.", []string{"peer"}, nil)
	receivedDesc  = prometheus.NewDesc("senkei_frames_received_total", "Frames received from a peer.", []string{"peer"}, nil)
	droppedDesc   = prometheus.NewDesc("senkei_frames_dropped_total", "Frames for a peer that were given up.", []string{"peer"}, nil)
	overrunDesc   = prometheus.NewDesc("senkei_frames_overrun_total",
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
		is := 0.0
		if role == status.Role {
			is = 1
		}
		gauge(roleDesc, is, role.String())
	}
	gauge(termDesc, float64(status.Term))
	gauge(commitDesc, float64(status.Commit))
	gauge(appliedDesc, float64(status.Applied))
	gauge(lastIndexDesc, float64(status.LastIndex))
	gauge(openDesc, float64(status.Open))
	for id, stats := range m.server.peers.Stats() {
		count(sentDesc, float64(stats.Sent), string(id))
		count(receivedDesc, float64(stats.Received), string(id))
		count(droppedDesc, float64(stats.Dropped), string(id))
	}
	count(overrunDesc, float64(m.server.frames.dropped.Load()))
}
