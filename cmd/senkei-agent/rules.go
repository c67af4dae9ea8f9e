package main

import (
	"encoding/binary"
	"net/netip"
	"reflect"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

const cutChain = "cut"

// cutFrom sends what comes from the peer to the chain cut.
func cutFrom(peer netip.Addr) []expr.Any {
	return []expr.Any{
		// RFC 791, §3.1: the source address.
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: peer.AsSlice()},
		&expr.Verdict{Kind: expr.VerdictJump, Chain: cutChain},
	}
}

// peerCut is the inverse of cutFrom. It accepts nothing else.
func peerCut(exprs []expr.Any) (netip.Addr, bool) {
	for _, e := range exprs {
		cmp, ok := e.(*expr.Cmp)
		if !ok {
			continue
		}
		peer, ok := netip.AddrFromSlice(cmp.Data)
		return peer, ok && reflect.DeepEqual(exprs, cutFrom(peer))
	}
	return netip.Addr{}, false
}

// cutRules accepts bare acknowledgements and drops everything else. nftables cannot
// subtract, so there is a rule for each length, in words, that a TCP header can have.
func cutRules() [][]expr.Any {
	var rules [][]expr.Any
	for words := uint16(5); words <= 15; words++ {
		rules = append(rules, bareAcknowledgement(words))
	}
	return append(rules, []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}})
}

// bareAcknowledgement accepts a TCP segment of nothing but a header of so many words,
// which acknowledges and neither ends nor resets its connection. It may be the second
// one of a handshake, never the first.
func bareAcknowledgement(words uint16) []expr.Any {
	const (
		fin, rst, ack  = 0x01, 0x04, 0x10
		ipHeaderLength = 20 // with options the packet is longer, and is dropped
	)
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.IPPROTO_TCP}},
		// RFC 791, §3.1: the total length of the packet.
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: bigEndian(ipHeaderLength + 4*words)},
		// RFC 9293, §3.1: four bits data offset, four reserved ones, eight flags.
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 12, Len: 2},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 2, Mask: bigEndian(0xf000 | fin | rst | ack), Xor: bigEndian(0)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: bigEndian(words<<12 | ack)},
		&expr.Verdict{Kind: expr.VerdictAccept},
	}
}

func bigEndian(v uint16) []byte { return binary.BigEndian.AppendUint16(nil, v) }
