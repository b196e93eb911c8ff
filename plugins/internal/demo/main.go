// Command simulated-company plays the vendors of a company that does not exist, for `plumbline demo`.
//
// It listens on the loopback as a proxy to every vendor, and ends TLS with certificates of an authority
// of its own. When it is ready it writes one line of JSON, which names the proxy, the authority and the
// connections of the demo. A line {"day": N} on its standard input makes it the company of that day.
// It confirms the line, and ends when its standard input ends.
//
// # Who owns what
//
// A town has one shop for each vendor. A shop belongs to its vendor's file, simulator.yaml, and to the
// story, which says on which days it refuses. Only move changes the day; requests see the old day or
// the new one.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/plumbline-dev/plumbline/sdk/replay"
)

func main() {
	dir := flag.String("dir", "", "a directory for the company's files")
	people := flag.Int("people", 300, "people in the company")
	flag.Parse()
	debug.SetGCPercent(400) // it makes every answer anew and keeps little
	if err := run(os.Stdin, os.Stdout, *dir, *people); err != nil {
		fmt.Fprintln(os.Stderr, "simulated-company:", err)
		os.Exit(1)
	}
}

// hello is the first line that the program writes.
type hello struct {
	Proxy       string       `json:"proxy"`
	Authority   string       `json:"authority"`
	Days        int          `json:"days"`
	Connections []connection `json:"connections"`
}

// run plays the company until the orders end. Each function of edits changes the town before it is told.
func run(in io.Reader, out io.Writer, dir string, people int, edits ...func(*town)) error {
	town, err := newTown(dir, people)
	if err != nil {
		return err
	}
	for _, edit := range edits {
		edit(town)
	}
	connections, err := town.connections()
	if err != nil {
		return err
	}
	proxy, err := replay.NewProxy(replay.Options{Upstream: town, Dir: dir})
	if err != nil {
		return fmt.Errorf("start proxy: %w", err)
	}
	defer proxy.Close()
	say := json.NewEncoder(out)
	if err := say.Encode(hello{
		Proxy: proxy.Address(), Authority: proxy.Certificate(), Days: days, Connections: connections,
	}); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var order struct {
			Day int `json:"day"`
		}
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return fmt.Errorf("read day: %w", err)
		}
		if err := town.move(order.Day); err != nil {
			return fmt.Errorf("move to day %d: %w", order.Day, err)
		}
		if err := say.Encode(order); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return lines.Err()
}
