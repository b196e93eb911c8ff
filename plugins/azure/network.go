package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const networkVersion = "2024-05-01"

type securityGroup struct {
	base
	Properties struct {
		Rules []securityRule `json:"securityRules"`
	} `json:"properties"`
}

// securityRule is a rule of a network security group. Rules with smaller priorities decide first.
type securityRule struct {
	Properties struct {
		Protocol     text   `json:"protocol"`
		Access       text   `json:"access"`
		Direction    text   `json:"direction"`
		Priority     int    `json:"priority"`
		Source       text   `json:"sourceAddressPrefix"`
		Sources      []text `json:"sourceAddressPrefixes"`
		SourcePort   text   `json:"sourcePortRange"`
		Destination  text   `json:"destinationAddressPrefix"`
		Port         text   `json:"destinationPortRange"`
		Ports        []text `json:"destinationPortRanges"`
		Destinations []text `json:"destinationAddressPrefixes"`
	} `json:"properties"`
}

func readSecurityGroups(ctx context.Context, a *azure, out *sdk.Output) error {
	return a.each(ctx, out, "network security groups", func(ctx context.Context, s subscription) error {
		return a.list(ctx, s.path()+"/providers/Microsoft.Network/networkSecurityGroups", networkVersion, func(raw json.RawMessage) error {
			var group securityGroup
			if err := read(raw, "network security group", &group); err != nil {
				out.Gap("a network security group of subscription "+s.label(), err)
				return nil
			}
			resource := group.resource(s, withoutNested(raw), "resourceGuid")
			resource.Public = openToWorld(group.Properties.Rules)
			return out.PutOrGap(resource.ExternalID, resource)
		})
	})
}

// withoutNested removes the etags of the rules of a group. Each write to the group changes them.
func withoutNested(raw json.RawMessage) json.RawMessage {
	var whole map[string]any
	if json.Unmarshal(raw, &whole) != nil {
		return raw
	}
	properties, _ := whole["properties"].(map[string]any)
	for _, list := range []string{"securityRules", "defaultSecurityRules"} {
		rules, _ := properties[list].([]any)
		for _, one := range rules {
			if rule, ok := one.(map[string]any); ok {
				delete(rule, "etag")
			}
		}
	}
	short, err := json.Marshal(whole)
	if err != nil {
		return raw
	}
	return short
}

// openToWorld returns whether a rule lets everybody on the internet in, and no rule before it refuses the same. Without
// such a rule the last rule of every group refuses. A group without a list of rules is unknown.
func openToWorld(rules []securityRule) kind.Tri {
	if rules == nil {
		return kind.Unknown
	}
	rules = slices.SortedFunc(slices.Values(rules), func(a, b securityRule) int {
		return cmp.Compare(a.Properties.Priority, b.Properties.Priority)
	})
	var refused []securityRule
	for _, rule := range rules {
		p := rule.Properties
		switch {
		case !strings.EqualFold(string(p.Direction), "Inbound") || !rule.fromEverybody():
		case strings.EqualFold(string(p.Access), "Deny"):
			refused = append(refused, rule)
		case strings.EqualFold(string(p.Access), "Allow"):
			if !slices.ContainsFunc(refused, func(deny securityRule) bool { return deny.includes(rule) }) {
				return kind.Yes
			}
		}
	}
	return kind.No
}

// fromEverybody reports whether a source of the rule is the internet, or nearly all of it.
func (r securityRule) fromEverybody() bool {
	return slices.ContainsFunc(append(slices.Clone(r.Properties.Sources), r.Properties.Source), func(source text) bool {
		switch strings.ToLower(string(source)) {
		case "*", "any", "internet":
			return true
		}
		prefix, err := netip.ParsePrefix(string(source))
		return err == nil && prefix.Bits() < 8
	})
}

// includes reports whether the rule decides about everything that another one from everybody decides about.
func (r securityRule) includes(other securityRule) bool {
	p, o := r.Properties, other.Properties
	switch {
	case p.Protocol != "*" && !strings.EqualFold(string(p.Protocol), string(o.Protocol)):
		return false
	case p.SourcePort != "*" && p.SourcePort != o.SourcePort:
		return false
	case p.Destination != "*" && (p.Destination == "" || p.Destination != o.Destination):
		return false
	}
	for _, wanted := range other.ports() {
		if !slices.ContainsFunc(r.ports(), func(has [2]int) bool { return has[0] <= wanted[0] && wanted[1] <= has[1] }) {
			return false
		}
	}
	return true
}

// ports returns the ranges of destination ports. A range in an unknown form is all ports of a rule that allows.
func (r securityRule) ports() (ranges [][2]int) {
	for _, one := range append(slices.Clone(r.Properties.Ports), r.Properties.Port) {
		first, last, isRange := strings.Cut(string(one), "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		switch {
		case one == "":
		case one == "*" || err != nil || err2 != nil:
			ranges = append(ranges, [2]int{0, 65535})
		default:
			ranges = append(ranges, [2]int{from, to})
		}
	}
	return ranges
}
