package main

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/journey"
)

const (
	people    = "ou=people," + suffix
	pageSize  = 250
	holdBytes = 700_000 // of answers; some pages fit into them, not all
)

// story is the connection corp to its own directory.
type story struct {
	*journey.Home
	t         *testing.T
	addr      string // of the directory, past the gate
	gate      *gate
	killSlapd func()
}

// TestJourney runs the whole program, from `connection add` to the output of later commands, with a real slapd.
func TestJourney(t *testing.T) {
	t.Parallel()
	programs := journey.Build(t, ".")
	journeys := map[string]func(*story){
		"everything, and then less":          journeyWhole,
		"a wrong password":                   journeyPassword,
		"a base that may not be read":        journeyGap,
		"a base that shows nothing":          journeyNothing,
		"the directory dies in the middle":   journeySlapdDies,
		"the agent is killed and comes back": journeyAgentDies,
	}
	for name, run := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newStory(t, programs))
		})
	}
}

func newStory(t *testing.T, programs *journey.Programs) *story {
	t.Helper()
	server, stop, err := startServer()
	for try := 0; err != nil && try < 2; try++ { // somebody else may take the port meanwhile
		server, stop, err = startServer()
	}
	if err != nil {
		t.Fatalf("this test needs OpenLDAP's server (Debian: apt-get install slapd): %v", err)
	}
	kill := sync.OnceFunc(stop)
	t.Cleanup(kill)
	s := &story{Home: programs.Home(t), t: t, addr: server.addr, gate: newGate(t, server.addr), killSlapd: kill}
	s.Setenv("BIND_PASSWORD", password)
	s.Setenv("WRONG_PASSWORD", "wrong-canary-17")
	s.Run("connection", "add", "ldap", "--alias", "corp", "--set", "url=ldap://"+s.gate.addr, "--set", "start_tls=false",
		"--set", "bind_dn="+reader, "--set", "user_bases="+people, "--set", "group_bases=ou=groups,"+suffix,
		"--set", "page_size=250", "--secret", "bind_password=env:BIND_PASSWORD").Want(0)
	return s
}

func (s *story) users(run journey.Run) journey.Step {
	s.t.Helper()
	return s.Step(run, "users")
}

// remove deletes people upstream.
func (s *story) remove(ids ...string) {
	s.t.Helper()
	conn, err := ldap.DialURL("ldap://" + s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Bind(root, password); err != nil {
		s.t.Fatal(err)
	}
	for _, id := range ids {
		if err := conn.Del(ldap.NewDelRequest("uid="+id+","+people, nil)); err != nil {
			s.t.Fatal(err)
		}
	}
}

// kept checks that all 3,000 people exist once and that this run changed none.
func (s *story) kept(run journey.Run) {
	s.t.Helper()
	s.names(users)
	if changes := s.Changes("corp", run.ID); len(changes) > 0 {
		s.t.Errorf("run %s changed something: %+v", run.ID, changes[0])
	}
}

// names returns the key of each user by name. It checks the number of both.
func (s *story) names(want int, flags ...string) map[string]string {
	s.t.Helper()
	byName, keys := map[string]string{}, map[string]bool{}
	list := s.Records("corp", "users", flags...)
	for _, r := range list {
		byName[r.Data.Username], keys[r.Key] = r.Key, true
	}
	if len(list) != want || len(byName) != want || len(keys) != want {
		s.t.Errorf("%d records, %d names, %d keys; want %d of each", len(list), len(byName), len(keys), want)
	}
	return byName
}

func journeyWhole(s *story) {
	s.Run("connection", "check", "corp").Want(0)
	first := s.Sync("corp", 0)
	if step := s.users(first); step.Read != users || step.Added != users || first.Status != "succeeded" {
		s.t.Errorf("run is %s, %+v; want all %d added", first.Status, step, users)
	}
	pages := 0
	for _, line := range s.Logs(first.ID) {
		if line.Step == "users" && line.Message == "read 250 entries below "+people {
			pages++
		}
	}
	if pages != users/pageSize {
		s.t.Errorf("the log tells of %d pages, want %d", pages, users/pageSize)
	}
	keys := s.names(users)
	if c := s.Show("corp"); c.Health != "healthy" {
		s.t.Errorf("connection is %+v, want healthy", c)
	}

	s.remove("p2999")
	second := s.Sync("corp", 0)
	if step := s.users(second); step.Read != users-1 || step.Added+step.Changed != 0 || step.Removed != 1 {
		s.t.Errorf("step is %+v, want one removal and nothing else", step)
	}
	want := []journey.Change{{Run: second.ID, Stream: "users", Key: keys["p2999"], Change: "removed"}}
	if diff := cmp.Diff(want, s.Changes("corp", second.ID)); diff != "" {
		s.t.Errorf("changes of the run (-want +got):\n%s", diff)
	}
	if _, left := s.names(users - 1)["p2999"]; left {
		s.t.Error("p2999 is still listed")
	}
	before := first.FinishedAt.Format("2006-01-02T15:04:05.999999999Z07:00")
	if then := s.names(users, "--as-of", before); then["p2999"] != keys["p2999"] {
		s.t.Errorf("p2999 is not listed as of %s, before it was deleted", before)
	}
}

func journeyPassword(s *story) {
	s.Sync("corp", 0)
	s.Run("connection", "edit", "corp", "--secret", "bind_password=env:WRONG_PASSWORD").Want(0)
	s.Run("connection", "check", "corp").Want(4)
	result := s.Run("connection", "sync", "corp", "--json").Want(4)
	var run journey.Run
	result.Decode(&run)
	step := s.Step(run, "connect")
	if run.Status != "failed" || step.Error == nil || step.Error.Code != "auth.invalid" || step.Error.Remedy == "" {
		s.t.Errorf("run is %s, connect %+v; want failed, auth.invalid and what to do", run.Status, step)
	}
	if c := s.Show("corp"); c.Health != "unhealthy" || c.Reason != "action_required" || !cmp.Equal(c.FailingSteps, []string{"connect"}) ||
		c.Remedy == "" {
		s.t.Errorf("connection is %+v, want unhealthy, action required because of connect", c)
	}
	for _, said := range []string{result.Stdout, result.Stderr, s.Run("run", "logs", run.ID).Stdout} {
		if strings.Contains(said, "canary") {
			s.t.Errorf("a password is shown: %s", said)
		}
	}
	s.kept(run)
}

func journeyGap(s *story) {
	refused := "ou=refused," + suffix
	s.Sync("corp", 0)
	s.remove("p11", "p12", "p13")
	s.Run("connection", "edit", "corp", "--set", "user_bases="+people, "--set", "user_bases="+refused).Want(0)
	s.Run("connection", "check", "corp").Want(4)
	run := s.Sync("corp", 4)
	step := s.users(run)
	if run.Status != "partial" || step.Status != "partial" || step.Read != users-3 || step.Removed != 0 || step.Held != 0 {
		s.t.Errorf("run is %s, %+v; want partial with %d read and none removed", run.Status, step, users-3)
	}
	if len(step.Gaps) != 1 || step.Gaps[0].Scope != refused || step.Gaps[0].Error.Code != "permission.missing" ||
		!strings.Contains(step.Gaps[0].Error.Remedy, refused) {
		s.t.Errorf("gaps are %+v, want %s, permission.missing", step.Gaps, refused)
	}
	if c := s.Show("corp"); c.Health != "unhealthy" || c.Reason != "action_required" || !cmp.Equal(c.FailingSteps, []string{"users"}) ||
		!strings.Contains(c.Explanation, refused) {
		s.t.Errorf("connection is %+v, want unhealthy because of %s", c, refused)
	}
	s.kept(run)
	// Without that base the read is complete again and reports removals.
	s.Run("connection", "edit", "corp", "--set", "user_bases="+people).Want(0)
	if step := s.users(s.Sync("corp", 0)); step.Removed != 3 {
		s.t.Errorf("step is %+v, want the three removed", step)
	}
}

// journeyNothing hides all people below the base from the account. The directory still reports success.
func journeyNothing(s *story) {
	closed := "ou=closed," + suffix
	s.Sync("corp", 0)
	s.Run("connection", "edit", "corp", "--set", "user_bases="+closed).Want(0)
	s.Run("connection", "check", "corp").Want(3)
	run := s.Sync("corp", 3)
	step := s.users(run)
	if step.Status != "partial" || step.Read+step.Removed+step.Held != 0 || len(step.Gaps) != 1 ||
		!strings.Contains(step.Gaps[0].Error.Remedy, "Where the people are") {
		s.t.Errorf("step is %+v, want a gap with a remedy and no removal", step)
	}
	if c := s.Show("corp"); c.Health != "unhealthy" || c.Reason != "action_required" {
		s.t.Errorf("connection is %+v, want unhealthy, action required", c)
	}
	s.kept(run)
}

// stuck starts a run that has stored some pages and waits for more.
func (s *story) stuck() string {
	s.t.Helper()
	s.gate.arm(holdBytes)
	var run journey.Run
	s.Run("connection", "sync", "corp", "--no-wait", "--json").Want(0).Decode(&run)
	s.Await("the gate is shut", s.gate.isShut)
	s.Await("some pages are stored", func() bool {
		step, _ := s.ShowRun(run.ID).Step("users")
		return step.Read >= pageSize
	})
	if len(s.Connectors()) != 1 {
		s.t.Errorf("connector processes are %v, want one", s.Connectors())
	}
	return run.ID
}

func journeySlapdDies(s *story) {
	s.Sync("corp", 0)
	s.remove("p21")
	agent := s.StartAgent()
	id := s.stuck()
	s.killSlapd()
	s.gate.open()
	var run journey.Run
	s.Await("the run has ended", func() bool { run = s.ShowRun(id); return run.Status != "running" && run.Status != "queued" })
	step := s.users(run)
	// The groups were read before, so the run is partial.
	if run.Status != "partial" || step.Status != "failed" || step.Error == nil || step.Error.Code != "network.connect" ||
		step.Error.Fault != "network" || step.Error.Remedy == "" {
		s.t.Errorf("run is %s, %+v, %+v; want partial, users failed with network.connect and what to do", run.Status, step, step.Error)
	}
	if step.Read == 0 || step.Read >= users || step.Removed != 0 || step.Held != 0 {
		s.t.Errorf("step is %+v, want part of the people and no removal", step)
	}
	if c := s.Show("corp"); c.Health != "unhealthy" || !cmp.Equal(c.FailingSteps, []string{"users"}) {
		s.t.Errorf("connection is %+v, want unhealthy because of users", c)
	}
	s.kept(run)
	agent.Stop()
}

func journeyAgentDies(s *story) {
	agent := s.StartAgent()
	id := s.stuck()
	agent.Kill()
	s.Await("its connector is gone as well", func() bool { return len(s.Connectors()) == 0 })
	s.gate.open()

	agent = s.StartAgent()
	run := s.ShowRun(id)
	if step := s.users(run); run.Status != "interrupted" || step.Status != "interrupted" || step.Error == nil ||
		step.Error.Code != "interrupted" {
		s.t.Errorf("run is %s, %+v; want interrupted", run.Status, step)
	}
	stored := len(s.Records("corp", "users"))
	if stored == 0 || stored == users {
		s.t.Errorf("%d records are stored, want some pages", stored)
	}
	next := s.Sync("corp", 0)
	if step := s.users(next); step.Read != users || step.Added != users-stored || step.Changed+step.Removed != 0 {
		s.t.Errorf("step is %+v, want all %d read and the missing %d added", step, users, users-stored)
	}
	s.names(users)
	added := 0
	for _, c := range s.Changes("corp", "") {
		if c.Stream == "users" && c.Change == "added" {
			added++
		}
	}
	if added != users {
		s.t.Errorf("%d additions over all runs, want %d: none doubled", added, users)
	}
	agent.Stop()
}

// gate is a proxy that can delay a server's answers.
type gate struct {
	addr string
	over chan struct{} // closed when the test ends

	mu    sync.Mutex
	armed bool
	left  int           // bytes that still pass once armed
	freed chan struct{} // closed by open; nil unless armed
	shut  bool
}

func newGate(t *testing.T, server string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{addr: l.Addr().String(), over: make(chan struct{})}
	var done sync.WaitGroup
	t.Cleanup(func() { close(g.over); _ = l.Close(); done.Wait() })
	done.Go(func() { // ends when the listener closes
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				_ = client.Close()
				continue
			}
			closeBoth := sync.OnceFunc(func() { _, _ = client.Close(), upstream.Close() })
			done.Go(func() { // ends with the test
				<-g.over
				closeBoth()
			})
			done.Go(func() { g.pass(upstream, client, false); closeBoth() })
			done.Go(func() { g.pass(client, upstream, true); closeBoth() })
		}
	})
	return g
}

// pass copies until one side ends. Answers go through the gate.
func (g *gate) pass(to, from net.Conn, answers bool) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if answers {
			g.wait(n)
		}
		if _, werr := to.Write(buffer[:n]); werr != nil || err != nil {
			return
		}
	}
}

// wait delays n bytes while the gate is closed.
func (g *gate) wait(n int) {
	g.mu.Lock()
	g.left -= n
	freed := g.freed
	hold := g.armed && g.left < 0
	g.shut = g.shut || hold
	g.mu.Unlock()
	if hold {
		select {
		case <-freed:
		case <-g.over:
		}
	}
}

// arm makes the gate close after a number of bytes of answers.
func (g *gate) arm(bytes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed, g.left, g.freed = true, bytes, make(chan struct{})
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// open opens the gate permanently.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.freed)
	g.armed, g.shut = false, false
}
