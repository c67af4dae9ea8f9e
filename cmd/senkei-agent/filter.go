package main

import (
	"fmt"
	"net/netip"
	"reflect"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// kernelFilter cuts links on the receiver's side, in a table of its own:
//
//	chain input { ip saddr PEER jump cut }   for every cut peer
//	chain cut  { a bare acknowledgement accept; drop }
//
// A drop on the sender's side would fail its sendto with EPERM, and a real network
// never tells. Bare acknowledgements pass, because a TCP connection needs them for what
// flows the other way: without them, a cut of one direction would silence both.
type kernelFilter struct {
	conn  *nftables.Conn
	table *nftables.Table
	input *nftables.Chain
	cut   *nftables.Chain
}

func newKernelFilter() *kernelFilter {
	accept := nftables.ChainPolicyAccept
	table := &nftables.Table{Family: nftables.TableFamilyIPv4, Name: "senkei"}
	return &kernelFilter{
		conn:  &nftables.Conn{},
		table: table,
		input: &nftables.Chain{
			Name:     "input",
			Table:    table,
			Type:     nftables.ChainTypeFilter,
			Hooknum:  nftables.ChainHookInput,
			Priority: nftables.ChainPriorityFilter,
			Policy:   &accept,
		},
		cut: &nftables.Chain{Name: cutChain, Table: table},
	}
}

// Drop replaces all rules in one transaction of the kernel, so that a link which is cut
// before and after is cut in between.
func (f *kernelFilter) Drop(peers []netip.Addr) error {
	f.conn.AddTable(f.table)
	for _, chain := range []*nftables.Chain{f.cut, f.input} {
		f.conn.AddChain(chain)
		f.conn.FlushChain(chain)
	}
	for _, exprs := range cutRules() {
		f.conn.AddRule(&nftables.Rule{Table: f.table, Chain: f.cut, Exprs: exprs})
	}
	for _, p := range peers {
		f.conn.AddRule(&nftables.Rule{Table: f.table, Chain: f.input, Exprs: cutFrom(p)})
	}
	if err := f.conn.Flush(); err != nil {
		return fmt.Errorf("write the nftables table %s: %w", f.table.Name, err)
	}
	return nil
}

// Dropped reads the rules back, and that the kernel still applies them to what arrives.
func (f *kernelFilter) Dropped() ([]netip.Addr, error) {
	chain, err := f.conn.ListChain(f.table, f.input.Name)
	if err != nil {
		return nil, fmt.Errorf("read the nftables chain %s %s: %w", f.table.Name, f.input.Name, err)
	}
	if chain.Hooknum == nil || *chain.Hooknum != *f.input.Hooknum {
		return nil, fmt.Errorf("the nftables chain %s %s is not hooked to input", f.table.Name, f.input.Name)
	}
	cut, err := f.rules(f.cut)
	if err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(cut, cutRules()) {
		return nil, fmt.Errorf("the nftables chain %s %s does not drop what it should", f.table.Name, f.cut.Name)
	}
	input, err := f.rules(f.input)
	if err != nil {
		return nil, err
	}
	var peers []netip.Addr
	for i, exprs := range input {
		p, ok := peerCut(exprs)
		if !ok {
			return nil, fmt.Errorf("rule %d of the nftables chain %s %s is not one of the agent's", i, f.table.Name, f.input.Name)
		}
		peers = append(peers, p)
	}
	return peers, nil
}

func (f *kernelFilter) rules(chain *nftables.Chain) ([][]expr.Any, error) {
	rules, err := f.conn.GetRules(f.table, chain)
	if err != nil {
		return nil, fmt.Errorf("read the nftables chain %s %s: %w", f.table.Name, chain.Name, err)
	}
	var all [][]expr.Any
	for _, r := range rules {
		all = append(all, r.Exprs)
	}
	return all, nil
}
