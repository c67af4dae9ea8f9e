// Package limits names every bound on what a node takes from outside or keeps in memory,
// so that they can be read, and weighed against each other, in one place. It holds
// constants only. Bytes are bytes, counts are counts; each bound is inclusive.
package limits

// What a client may ask for.
const (
	// KeyBytesMax bounds a key, and the name of a client's session.
	KeyBytesMax = 1 << 10
	// ValueBytesMax bounds a value, one to be stored as well as one to compare with.
	ValueBytesMax = 1 << 20
	// TxnOpsMax bounds the compares of a transaction, and each of its branches.
	TxnOpsMax = 128
	// TxnBytesMax bounds the keys and values of a transaction together.
	TxnBytesMax = 2 << 20
	// CommandBytesMax bounds an encoded command.
	CommandBytesMax = TxnBytesMax + 64<<10
	// RangeItemsMax bounds the items that one range read returns; RangeBytesMax, their keys
	// and values together, unless the first item alone is longer.
	RangeItemsMax = 10_000
	RangeBytesMax = 1 << 20
	// ResultBytesMax bounds the keys and values in the result of a transaction together,
	// because they are kept with the client's session; its range reads return at most
	// RangeItemsMax items together.
	ResultBytesMax = ValueBytesMax + KeyBytesMax
	// SessionsMax bounds the sessions that the store keeps, SessionBytesMax what they hold
	// together. Every server must use the same, because they decide which commands take
	// effect.
	SessionsMax     = 10_000
	SessionBytesMax = 256 << 20
)

// What a node's HTTP server holds for all its clients.
const (
	// HeaderBytesMax bounds the header of a request.
	HeaderBytesMax = 16 << 10
	// BodiesBytesMax bounds the bodies in memory at any time, over all requests.
	BodiesBytesMax = 64 << 20
	// RequestsMax bounds the requests that wait for the node's loop.
	RequestsMax = 4096
	// OpenMax bounds the requests that a replica works on.
	OpenMax = 16384
)

// The cluster and its network.
const (
	// ServersMax bounds a configuration, learners included.
	ServersMax = 31
	// IDBytesMax bounds the name of a server and that of a cluster, AddressBytesMax an address.
	IDBytesMax      = 64
	AddressBytesMax = 300
	// FrameBytesMax bounds a message between servers.
	FrameBytesMax = 16 << 20
	// QueuedFramesMax and QueuedBytesMax bound what waits to be sent to one server.
	QueuedFramesMax = 4096
	QueuedBytesMax  = 2 * FrameBytesMax
	// ReceivedFramesMax and ReceivedBytesMax bound what was received and waits for the
	// node's loop.
	ReceivedFramesMax = 4096
	ReceivedBytesMax  = 64 << 20
	// HelloBytesMax bounds the first message on a connection between servers.
	HelloBytesMax = 4 << 10
	// ConnectionsMax bounds the connections that other servers have opened;
	// ConnectionsPerServerMax, those of one server: one, and others that it replaced and that
	// have not ended yet.
	ConnectionsMax          = 64
	ConnectionsPerServerMax = 4
	// GuestsMax bounds the servers that have opened connections and are in no configuration
	// that this one knows. Every member dials a new server before it has heard of any.
	GuestsMax = ServersMax
)

// The log and its replication.
const (
	// AppendBytesMax bounds the entries of one Append, unless the first alone is longer.
	AppendBytesMax = 1 << 20
	// InflightEntriesMax and InflightBytesMax bound the entries on their way to one server.
	InflightEntriesMax = 4096
	InflightBytesMax   = 8 << 20
	// LogBytesMax bounds the entries that a server keeps in memory behind what it has
	// applied, whatever its snapshot margin.
	LogBytesMax = 64 << 20
	// UncommittedBytesMax bounds the entries that a leader has taken and not yet committed;
	// proposals beyond it are refused.
	UncommittedBytesMax = 32 << 20
	// ChunkBytesMax bounds the records of one chunk of a snapshot, unless the first alone is
	// longer. Every server must use the same, because it decides where chunks end.
	ChunkBytesMax = 256 << 10
	// EncodedChunkBytesMax bounds a chunk as it is sent: the longest record alone, or
	// ChunkBytesMax of them, and what the encoding adds.
	EncodedChunkBytesMax = ResultBytesMax + ChunkBytesMax + 512<<10
)
