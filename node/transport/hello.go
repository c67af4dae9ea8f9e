package transport

import (
	"errors"
	"fmt"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"senkei/node/limits"
	"senkei/node/raft"
)

const (
	protocol        = "senkei-peer"
	protocolVersion = 2
)

var (
	errFrameTooLong = errors.New("frame too long")
	errTooMany      = errors.New("too many connections")
)

// hello is the first frame on a connection, from the server that dialled it. It is
// CBOR (RFC 8949).
type hello struct {
	Protocol   string  `cbor:"1,keyasint"`
	Version    uint    `cbor:"2,keyasint"`
	From       raft.ID `cbor:"3,keyasint"`
	To         raft.ID `cbor:"4,keyasint"`
	ClientAddr string  `cbor:"5,keyasint,omitempty"`
	PeerAddr   string  `cbor:"6,keyasint,omitempty"` // where From is dialled, empty where it does not say
	Cluster    string  `cbor:"7,keyasint,omitempty"`
}

// encodeHello fills in protocol and version. It fails for what decodeHello would not
// take: texts that are too long or not UTF-8.
func encodeHello(h hello) ([]byte, error) {
	h.Protocol, h.Version = protocol, protocolVersion
	data, err := cbor.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode handshake: %w", err)
	}
	_, err = decodeHello(data)
	return data, err
}

func decodeHello(data []byte) (hello, error) {
	if len(data) > limits.HelloBytesMax {
		return hello{}, fmt.Errorf("handshake of %d bytes, more than %d", len(data), limits.HelloBytesMax)
	}
	var h hello
	if err := helloDecoding.Unmarshal(data, &h); err != nil {
		return hello{}, fmt.Errorf("decode handshake: %w", err)
	}
	for _, field := range []struct {
		name     string
		bytes    int
		bytesMax int
	}{
		{"a sender's name", len(h.From), limits.IDBytesMax},
		{"a receiver's name", len(h.To), limits.IDBytesMax},
		{"an address for clients", len(h.ClientAddr), limits.AddressBytesMax},
		{"an address for servers", len(h.PeerAddr), limits.AddressBytesMax},
		{"a cluster's name", len(h.Cluster), limits.IDBytesMax},
	} {
		if field.bytes > field.bytesMax {
			return hello{}, fmt.Errorf("handshake with %s of %d bytes, more than %d", field.name, field.bytes, field.bytesMax)
		}
	}
	return h, nil
}

// check says why a connection with this handshake is not for the server with the
// given ID in the given cluster.
func (h hello) check(own raft.ID, cluster string) error {
	switch {
	case h.Protocol != protocol:
		return fmt.Errorf("it speaks %q instead of %q", h.Protocol, protocol)
	case h.Version != protocolVersion:
		return fmt.Errorf("server %q speaks version %d of the protocol instead of %d", h.From, h.Version, protocolVersion)
	case h.Cluster != cluster:
		return fmt.Errorf("server %q belongs to the cluster %q, but this is one of %q", h.From, h.Cluster, cluster)
	case h.To != own:
		return fmt.Errorf("server %q looks for server %q, but this is %q", h.From, h.To, own)
	case h.From == raft.None:
		return errors.New("it does not say which server it is")
	case h.From == own:
		return fmt.Errorf("it says that it is server %q, which is this one", h.From)
	}
	return nil
}

// Fields of later versions are ignored, so that their version can be told.
var helloDecoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		MaxMapPairs:      16,
		MaxArrayElements: 16,
		MaxNestedLevels:  4,
	}.DecMode()
	if err != nil {
		panic(fmt.Sprintf("transport: %v", err))
	}
	return mode
}()

// refusals tells new reasons to refuse a connection from repeated ones: who is refused
// dials again and again.
type refusals struct {
	mu   sync.Mutex
	last string
}

func (r *refusals) isNew(reason string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	isNew := reason != r.last
	r.last = reason
	return isNew
}
