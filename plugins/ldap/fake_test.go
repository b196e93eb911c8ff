package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// answer is the simulated directory's answer to one search.
type answer struct {
	entries []*ldap.Entry
	code    byte
	cookie  string
	control bool // with the paging control
}

// simulated starts a directory for answers that real ones give only under load, or only in other products. It
// supports bind and search without filters. It calls reply with the base, the page number and the attributes.
func simulated(t *testing.T, reply func(base string, page int, attributes []string) answer) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	done.Go(func() { // ends when the listener closes
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() { defer func() { _ = conn.Close() }(); serve(conn, reply) }) // ends with the client
		}
	})
	return l.Addr().String()
}

func serve(conn net.Conn, reply func(string, int, []string) answer) {
	in, pages := bufio.NewReader(conn), map[string]int{}
	for {
		_, message, err := readElement(in)
		if err != nil {
			return
		}
		parts := elements(message)
		id, op := element(0x02, string(parts[0].body)), parts[1]
		var out string
		switch op.tag {
		case 0x60: // bind
			out = element(0x30, id+element(0x61, result(0)))
		case 0x63: // search
			request := elements(op.body)
			var names []string
			for _, name := range elements(request[7].body) {
				names = append(names, string(name.body))
			}
			asked := string(request[0].body) + strings.Join(names, " ")
			a := reply(string(request[0].body), pages[asked], names)
			pages[asked]++
			for _, e := range a.entries {
				out += element(0x30, id+element(0x64, element(0x04, e.DN)+element(0x30, encoded(e, names))))
			}
			control := ""
			if a.control {
				value := element(0x30, element(0x02, "\x00")+element(0x04, a.cookie))
				control = element(0xa0, element(0x30, element(0x04, "1.2.840.113556.1.4.319")+element(0x04, value)))
			}
			out += element(0x30, id+element(0x65, result(a.code))+control)
		default:
			return
		}
		if _, err := io.WriteString(conn, out); err != nil {
			return
		}
	}
}

func encoded(e *ldap.Entry, names []string) (out string) {
	for _, a := range e.Attributes {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, a.Name) }) {
			continue
		}
		values := ""
		for _, v := range a.Values {
			values += element(0x04, v)
		}
		out += element(0x30, element(0x04, a.Name)+element(0x31, values))
	}
	return out
}

func result(code byte) string {
	return element(0x0a, string([]byte{code})) + element(0x04, "") + element(0x04, "")
}

type part struct {
	tag  byte
	body []byte
}

// element writes one element of BER.
func element(tag byte, body string) string {
	return string(binary.BigEndian.AppendUint32([]byte{tag, 0x84}, uint32(len(body)))) + body
}

func elements(b []byte) (parts []part) {
	in := bufio.NewReader(strings.NewReader(string(b)))
	for {
		tag, body, err := readElement(in)
		if err != nil {
			return parts
		}
		parts = append(parts, part{tag, body})
	}
}

func readElement(in *bufio.Reader) (tag byte, body []byte, err error) {
	if tag, err = in.ReadByte(); err != nil {
		return 0, nil, err
	}
	length, err := in.ReadByte()
	n := int(length)
	if err == nil && length >= 0x80 {
		n = 0
		for range length & 0x7f {
			if length, err = in.ReadByte(); err != nil {
				break
			}
			n = n<<8 | int(length)
		}
	}
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(in, body)
	return tag, body, err
}

// crowd returns people. The attribute locks u1.
func crowd(lockedBy, value string, lower bool) []*ldap.Entry {
	var entries []*ldap.Entry
	for _, name := range []string{"u0", "u1", "u2"} {
		a := map[string][]string{
			"objectClass": {"inetOrgPerson"}, "entryUUID": {"0-" + name}, "uid": {name}, "cn": {"Of " + name}, "givenName": {"X"},
			"mail": {name + "@example.com"}, "memberOf": {"cn=staff," + suffix}, "createTimestamp": {"20260101000000Z"},
		}
		if name == "u1" {
			a[lockedBy] = []string{value}
		}
		if lower {
			for name, values := range a {
				delete(a, name)
				a[strings.ToLower(name)] = values
			}
		}
		entries = append(entries, ldap.NewEntry("uid="+name+",ou=people,"+suffix, a))
	}
	return entries
}

func readSimulated(t *testing.T, reply func(base string, page int, attributes []string) answer) *sdktest.Stream {
	t.Helper()
	in := input(simulated(t, reply), map[string]any{"group_bases": []string{}})
	return sdktest.NewBench(t, New()).Sync(t, in).Streams["users"]
}

func TestOtherServersLocks(t *testing.T) {
	t.Parallel()
	for attribute, value := range map[string]string{
		"loginDisabled": "TRUE", "lockedByIntruder": "TRUE", "nsAccountLock": "true", "pwdAccountLockedTime": "000001010000Z",
		"accountUnlockTime": "19700101000000Z",
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			read := func(lower bool) *sdktest.Stream {
				return readSimulated(t, func(string, int, []string) answer { return answer{entries: crowd(attribute, value, lower)} })
			}
			plain := read(false)
			if diff := cmp.Diff(map[string]string{"u0": "active", "u1": "suspended", "u2": "active"}, statuses(t, plain)); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(plain.Records, read(true).Records); plain.Result != "complete" || diff != "" {
				t.Errorf("%s; names in lower case make a difference:\n%s", plain.Result, diff)
			}
		})
	}
}

// TestListsCutShort checks that a list is complete only if the server ended it.
func TestListsCutShort(t *testing.T) {
	t.Parallel()
	people := crowd("nsAccountLock", "true", false)
	tests := map[string]struct {
		second answer // to the second page
		result string
		code   string
	}{
		"whole":               {answer{entries: people[2:], control: true}, "complete", ""},
		"no word of an end":   {answer{entries: people[2:]}, "complete_with_gaps", "upstream.invalid_response"},
		"nothing, and no end": {answer{}, "complete_with_gaps", "upstream.invalid_response"},
		"size limit":          {answer{entries: people[2:], code: ldap.LDAPResultSizeLimitExceeded}, "complete_with_gaps", "permission.missing"},
		"administrator limit": {answer{code: ldap.LDAPResultAdminLimitExceeded, control: true}, "complete_with_gaps", "permission.missing"},
		"time limit":          {answer{code: ldap.LDAPResultTimeLimitExceeded}, "complete_with_gaps", "permission.missing"},
		"cookie refused":      {answer{code: ldap.LDAPResultUnwillingToPerform}, "failed", "upstream.invalid_response"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readSimulated(t, func(base string, page int, attributes []string) answer {
				switch {
				case base == "" || len(attributes) < 10: // the server's own entry, and the locks
					return answer{entries: people}
				case page == 0:
					return answer{entries: people[:2], control: true, cookie: "next"}
				}
				return tt.second
			})
			code := ""
			if s.Err != nil {
				code = s.Err.Code
			}
			for _, gap := range s.Gaps {
				code = gap.Code
			}
			if s.Result != tt.result || code != tt.code {
				t.Errorf("got %s because of %q, want %s because of %q", s.Result, code, tt.result, tt.code)
			}
		})
	}
}

func TestTwoEntriesOfOneID(t *testing.T) {
	t.Parallel()
	people := crowd("nsAccountLock", "true", false)
	for _, a := range people[2].Attributes {
		if a.Name == "entryUUID" {
			a.Values = []string{"0-u0"}
		}
	}
	addr := simulated(t, func(string, int, []string) answer { return answer{entries: people} })
	out := sdktest.NewBench(t, New()).Sync(t, input(addr, nil))
	for name, s := range out.Streams {
		if s.Result != "complete_with_gaps" || s.Gaps["record 0-u0"] == nil || len(s.Records) != 2 {
			t.Errorf("%s: got %s with %d records and gaps %v, want a gap for the entry without a record", name, s.Result, len(s.Records), s.Gaps)
		}
	}
}
