package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// socket is an open port.
type socket struct {
	protocol string // "tcp" or "udp"
	addr     netip.Addr
	port     uint16
	inode    string
}

// key is the permanent id of a socket.
func (s socket) key() string { return s.protocol + "/" + netip.AddrPortFrom(s.addr, s.port).String() }

func (s socket) where() string {
	if s.addr.IsUnspecified() {
		return "all addresses"
	}
	return s.addr.String()
}

// readServices sends the listening services. Only root sees the names of programs.
func readServices(m *machine, out *sdk.Output) error {
	var sockets []socket
	read := false
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text := m.read("proc/net/" + table)
		read = read || text != ""
		sockets = append(sockets, parseSockets(text, strings.TrimSuffix(table, "6"))...)
	}
	if !read {
		return sdk.Errorf(sdk.CodePermissionMissing, "the list of open ports of this machine cannot be read").
			WithRemedy("Let the connector read /proc/net.")
	}
	first, last := m.ephemeral()
	programs := m.programs()
	seen := map[string]bool{}
	slices.SortFunc(sockets, func(a, b socket) int { return strings.Compare(a.key(), b.key()) })
	for _, s := range sockets {
		client := s.protocol == "udp" && s.port >= first && s.port <= last // the temporary port of a client
		if s.addr.IsLoopback() || client || seen[s.key()] {
			continue
		}
		seen[s.key()] = true
		if err := out.Put(s.key(), s.finding(m.hostname(), programs[s.inode])); err != nil {
			return err
		}
	}
	return nil
}

func (s socket) finding(hostname, program string) kind.Finding {
	return kind.Finding{
		ExternalID: s.key(),
		Title: fmt.Sprintf("%s listens on %s, %s port %d",
			cmp.Or(program, "A service"), s.where(), strings.ToUpper(s.protocol), s.port),
		Severity: "info", Status: "open", Resource: hostname,
		Fix: "Stop the service if it is not needed, or let the firewall admit only the machines that need it.",
	}
}

// parseSockets parses the kernel's table. The second column is address and port in hex, the fourth the
// state, the tenth the inode. The state is 0A for a listening TCP socket, and 07 for a UDP socket without
// a peer.
func parseSockets(text, protocol string) []socket {
	wanted := map[string]string{"tcp": "0A", "udp": "07"}[protocol]
	var found []socket
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 10 || f[3] != wanted {
			continue
		}
		hexAddr, hexPort, ok := strings.Cut(f[1], ":")
		port, err := strconv.ParseUint(hexPort, 16, 16)
		addr, valid := parseAddr(hexAddr)
		if ok && err == nil && valid && port > 0 {
			found = append(found, socket{protocol: protocol, addr: addr, port: uint16(port), inode: f[9]})
		}
	}
	return found
}

// parseAddr parses an address of the kernel: words of four bytes, each in reverse order.
func parseAddr(text string) (netip.Addr, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw)%4 != 0 {
		return netip.Addr{}, false
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(raw)
	return addr.Unmap(), ok
}

// ephemeral returns the range of temporary ports.
func (m *machine) ephemeral() (first, last uint16) {
	f := strings.Fields(m.read("proc/sys/net/ipv4/ip_local_port_range"))
	if len(f) == 2 {
		a, err := strconv.ParseUint(f[0], 10, 16)
		b, berr := strconv.ParseUint(f[1], 10, 16)
		if err == nil && berr == nil {
			return uint16(a), uint16(b)
		}
	}
	return 32768, 60999
}

// programs returns the names of programs by the inode of their sockets, as far as the connector may read
// them.
func (m *machine) programs() map[string]string {
	names := map[string]string{}
	files, _ := filepath.Glob(m.path("proc/[0-9]*/fd/*")) // only a bad pattern fails
	for _, name := range files {
		target, err := os.Readlink(name)
		if err != nil || !strings.HasPrefix(target, "socket:[") {
			continue
		}
		process := filepath.Dir(filepath.Dir(name))
		if raw, err := os.ReadFile(filepath.Join(process, "comm")); err == nil {
			names[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = strings.TrimSpace(string(raw))
		}
	}
	return names
}
