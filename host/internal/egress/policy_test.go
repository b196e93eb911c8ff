package egress_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
)

func TestPolicyIsWhatTheDeclarationsComeToWithTheSettings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		declared host.NetworkHost
		settings string
		want     egress.Policy
	}{
		{"a name", host.NetworkHost{Host: "API.Vendor.example.", Port: 443}, `{}`, egress.Policy{{Name: "api.vendor.example", Port: 443}}},
		{"a pattern", host.NetworkHost{Host: "*.vendor.example", Port: 443}, `{}`, egress.Policy{{Name: "*.vendor.example", Port: 443}}},
		{"a name beyond ASCII", host.NetworkHost{Host: "bücher.example", Port: 443}, `{}`,
			egress.Policy{{Name: "xn--bcher-kva.example", Port: 443}}},
		{"a URL in a setting", host.NetworkHost{Host: "{url}", Port: 443}, `{"url":"https://Gateway.corp.example:8443/api"}`,
			egress.Policy{{Name: "gateway.corp.example", Port: 8443, Named: true}}},
		{"the scheme's port", host.NetworkHost{Host: "{url}", Port: 636}, `{"url":"ldap://dc.corp.example"}`,
			egress.Policy{{Name: "dc.corp.example", Port: 389, Named: true}}},
		{"a host in a setting", host.NetworkHost{Host: "{host}", Port: 636}, `{"host":"dc.corp.example"}`,
			egress.Policy{{Name: "dc.corp.example", Port: 636, Named: true}}},
		{"a host and port in a setting", host.NetworkHost{Host: "{host}", Port: 636}, `{"host":"dc.corp.example:3269"}`,
			egress.Policy{{Name: "dc.corp.example", Port: 3269, Named: true}}},
		{"an address in a setting", host.NetworkHost{Host: "{host}", Port: 443}, `{"host":"[fd00::1]:8443"}`,
			egress.Policy{{Name: "fd00::1", Port: 8443, Named: true}}},
		{"a mapped address in a setting", host.NetworkHost{Host: "{host}", Port: 443}, `{"host":"https://[::ffff:10.0.0.1]/"}`,
			egress.Policy{{Name: "10.0.0.1", Port: 443, Named: true}}},
		{"several in a setting", host.NetworkHost{Host: "{hosts}", Port: 443}, `{"hosts":["a.example","b.example"]}`,
			egress.Policy{{Name: "a.example", Port: 443, Named: true}, {Name: "b.example", Port: 443, Named: true}}},
		{"a part in a setting", host.NetworkHost{Host: "{org}.vendor.example", Port: 443}, `{"org":"Acme"}`,
			egress.Policy{{Name: "acme.vendor.example", Port: 443}}},
		{"a part that is more than a part", host.NetworkHost{Host: "{org}.vendor.example", Port: 443}, `{"org":"evil.example/"}`, nil},
		{"a part that is a user", host.NetworkHost{Host: "{org}.vendor.example", Port: 443}, `{"org":"x@evil.example"}`, nil},
		{"no such setting", host.NetworkHost{Host: "{url}", Port: 443}, `{}`, nil},
		{"an empty setting", host.NetworkHost{Host: "{url}", Port: 443}, `{"url":""}`, nil},
		{"a setting of another kind", host.NetworkHost{Host: "{url}", Port: 443}, `{"url":12}`, nil},
		{"an address with a zone", host.NetworkHost{Host: "{host}", Port: 443}, `{"host":"[fe80::1%25eth0]"}`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := egress.PolicyOf([]host.NetworkHost{test.declared}, []byte(test.settings))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := egress.PolicyOf(nil, []byte(`[`)); err == nil {
		t.Error("settings that are no JSON are read")
	}
}

// TestAddressesARuleMayLeadTo is the table of the package comment, with each range
// at both its ends and with every way to write one address inside another.
func TestAddressesARuleMayLeadTo(t *testing.T) {
	t.Parallel()
	declared := egress.Rule{Name: "api.vendor.example", Port: 443}
	named := egress.Rule{Name: "dc.corp.example", Port: 443, Named: true}
	localhost := egress.Rule{Name: "localhost", Port: 443, Named: true}
	for _, test := range []struct {
		address                    string
		declared, named, localhost bool
	}{
		{"93.184.215.14", true, true, false},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", true, true, false},
		{"9.255.255.255", true, true, false}, {"11.0.0.0", true, true, false},
		{"10.0.0.0", false, true, false}, {"10.255.255.255", false, true, false},
		{"172.16.0.1", false, true, false}, {"172.31.255.255", false, true, false}, {"172.32.0.0", true, true, false}, {"172.15.255.255", true,
			true, false},
		{"192.168.0.1", false, true, false}, {"192.168.255.255", false, true, false},
		{"100.64.0.1", false, true, false}, {"100.127.255.255", false, true, false}, {"100.128.0.0", true, true, false},
		{"fd12:3456::1", false, true, false}, {"fc00::1", false, true, false}, {"fec0::1", false, true, false},
		{"127.0.0.1", false, false, true}, {"127.255.255.254", false, false, true}, {"::1", false, false, true}, {"0.0.0.0", false, false,
			true}, {"::", false, false, true},
		{"169.254.169.254", false, false, false}, {"169.254.0.1", false, false, false}, {"fe80::1", false, false, false},
		{"fd00:ec2::254", false, false, false}, {"100.100.100.200", false, false, false}, {"192.0.0.192", false, false, false},
		{"224.0.0.1", false, false, false}, {"239.255.255.255", false, false, false}, {"255.255.255.255", false, false, false}, {"240.0.0.1",
			false, false, false},
		{"192.0.2.1", false, false, false}, {"198.51.100.1", false, false, false}, {"203.0.113.1", false, false, false}, {"198.18.0.1", false,
			false, false},
		{"ff02::1", false, false, false}, {"2001:db8::1", false, false, false}, {"100::1", false, false, false}, {"4000::1", false, false, false},
		// The same place, written another way.
		{"::ffff:169.254.169.254", false, false, false}, {"::ffff:127.0.0.1", false, false, true}, {"::ffff:10.0.0.1", false, true, false},
		{"::169.254.169.254", false, false, false}, {"::127.0.0.1", false, false, true},
		{"64:ff9b::169.254.169.254", false, false, false}, {"64:ff9b::10.0.0.1", false, true, false}, {"64:ff9b::93.184.215.14", true, true,
			false},
		{"64:ff9b:1::10.0.0.1", false, false, false},
		{"2002:a9fe:a9fe::1", false, false, false}, {"2002:7f00:1::", false, false, true}, {"2002:5db8:d70e::1", true, true, false},
		{"2001:0:0:0:0:0:5601:5601", false, false, false}, // Teredo for 169.254.169.254
	} {
		address := netip.MustParseAddr(test.address)
		for _, rule := range []struct {
			egress.Rule
			want bool
		}{{declared, test.declared}, {named, test.named}, {localhost, test.localhost}} {
			if err := rule.Permits(address); (err == nil) != rule.want {
				t.Errorf("%s may lead to %s: %v, want %v (%v)", rule.Name, test.address, err == nil, rule.want, err)
			}
		}
		literal := egress.Rule{Name: address.Unmap().String(), Port: 443, Named: true}
		if err := literal.Permits(address); err != nil {
			t.Errorf("a setting that gives %s itself may not lead there: %v", test.address, err)
		}
	}
}

func TestRuleOf(t *testing.T) {
	t.Parallel()
	policy := egress.Policy{
		{Name: "api.vendor.example", Port: 443}, {Name: "*.vendor.example", Port: 443},
		{Name: "dc.corp.example", Port: 636}, {Name: "dc.corp.example", Port: 636, Named: true},
	}
	for _, test := range []struct {
		name string
		port int
		want string
	}{
		{"api.vendor.example", 443, "api.vendor.example"},
		{"files.vendor.example", 443, "*.vendor.example"},
		{"a.b.vendor.example", 443, "*.vendor.example"},
		{"dc.corp.example", 636, "dc.corp.example"},
		{"vendor.example", 443, ""},
		{"evilvendor.example", 443, ""},
		{"api.vendor.example.evil.example", 443, ""},
		{"api.vendor.example", 22, ""},
		{"", 443, ""},
	} {
		rule, ok := policy.RuleFor(test.name, test.port)
		if rule.Name != test.want || ok != (test.want != "") {
			t.Errorf("the rule for %s:%d is %q, want %q", test.name, test.port, rule.Name, test.want)
		}
	}
	if rule, _ := policy.RuleFor("dc.corp.example", 636); !rule.Named {
		t.Error("a declaration comes before a person's setting")
	}
}
