package admission_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/admission"
)

// open returns a controller on a machine and with a clock that the test may change.
func open(most int) (*admission.Controller, *admission.Machine, *time.Time) {
	machine, now := roomy, time.Unix(1_000_000, 0)
	measure, clock := func() admission.Machine { return machine }, func() time.Time { return now }
	return admission.New(admission.Rules{Most: most}, measure, clock), &machine, &now
}

// takes returns the memory of a program that takes so many MiB now and has taken most.
func takes(now, most int64) admission.Use {
	return func() (int64, int64, time.Duration) { return now * mib, most * mib, 0 }
}

func TestTheControllerLearnsWhatProgramsTake(t *testing.T) {
	t.Parallel()
	c, machine, now := open(64)
	machine.Free = 409*mib + 300*mib // 300 above the reserve
	refused := func(connector string) string {
		*now = now.Add(time.Second)
		if refusal := c.Refuse(connector, false); refusal != nil {
			return refusal.Why
		}
		return ""
	}
	first := c.Acquire("okta")
	first.Started(takes(20, 20))
	if why := refused("okta"); why != "" { // 44 that the first may still take and 64 for this one
		t.Errorf("with 300 MiB to give, a program never seen waits: %s", why)
	}
	first.Started(takes(20, 200)) // it has taken that much for a moment
	if why := refused("okta"); !strings.Contains(why, "may still take 180 MiB, it may take 200 MiB") {
		t.Errorf("after 200 MiB were seen, the next is told %q", why)
	}
	if why := refused("jira"); why != "" {
		t.Errorf("what one connector took holds another: %s", why)
	}
	first.Release()
	for range 8 { // its successors take less, and are believed by and by
		g := c.Acquire("okta")
		g.Started(takes(20, 20))
		g.Release()
	}
	c.Acquire("csv").Started(takes(64, 64))
	machine.Free = 409*mib + 22*mib
	if why := refused("okta"); why != "" {
		t.Errorf("after eight that took 20 MiB the next waits: %s", why)
	}
	machine.Free = 409*mib + 19*mib
	if why := refused("okta"); !strings.Contains(why, "it may take 2") {
		t.Errorf("with less than 20 MiB to give the next is told %q", why)
	}
}

func TestAProgramThatHangsAtItsStartBlocksNoOther(t *testing.T) {
	t.Parallel()
	c, _, now := open(64)
	one := c.Acquire("okta")
	c.Acquire("okta")
	if refusal := c.Refuse("jira", false); refusal == nil || !strings.Contains(refusal.Why, "2 connectors are just starting") {
		t.Errorf("beside two starts, a third is told %+v", refusal)
	}
	one.Started(takes(0, 0))
	if refusal := c.Refuse("jira", false); refusal != nil {
		t.Errorf("beside one start the second waits: %+v", refusal)
	}
	c.Acquire("jira")
	*now = now.Add(5 * time.Second)
	if refusal := c.Refuse("jira", false); refusal != nil {
		t.Errorf("beside starts that hang it waits: %+v", refusal)
	}
}

func TestRunsThatKeepTheProcessorsBusyHoldOthersBack(t *testing.T) {
	t.Parallel()
	c, machine, now := open(64)
	machine.Pressure = 0.95
	var spent time.Duration // by each of sixteen
	slots := make([]*admission.Slot, 16)
	for i := range slots {
		slots[i] = c.Acquire("okta")
		slots[i].Started(func() (int64, int64, time.Duration) { return 0, 0, spent })
	}
	refused := func(after, by time.Duration) string {
		*now, spent = now.Add(after), spent+by
		if refusal := c.Refuse("okta", false); refusal != nil {
			return refusal.Why
		}
		return ""
	}
	if why := refused(time.Second, time.Second); why != "" {
		t.Errorf("before anything is known of them, one waits: %s", why)
	}
	if why := refused(4*time.Second, 100*time.Millisecond); why != "" { // 1.6 of 8 seconds
		t.Errorf("while they wait for their vendors, one waits: %s", why)
	}
	if why := refused(4*time.Second, 400*time.Millisecond); !strings.Contains(why, "the running syncs take 80 % of all") {
		t.Errorf("while they work, the next is told %q", why)
	}
	if why := refused(time.Second, 0); why == "" {
		t.Error("a second later they are forgotten")
	}
	slots[0].Release()
	if why := refused(4*time.Second, 0); why != "" {
		t.Errorf("when they have done, one waits: %s", why)
	}
}

func TestTheMachineIsMeasuredAgain(t *testing.T) {
	t.Parallel()
	c, machine, now := open(64)
	c.Acquire("okta").Started(takes(64, 64))
	if c.Refuse("okta", false) != nil {
		t.Fatal("it waits on a roomy machine")
	}
	machine.Free = 0
	if c.Refuse("okta", false) != nil {
		t.Error("it was measured again at once")
	}
	*now = now.Add(200 * time.Millisecond)
	if c.Refuse("okta", false) == nil {
		t.Error("a measurement is believed for ever")
	}
}

func TestWithoutMeasuringTheNumberCounts(t *testing.T) {
	t.Parallel()
	c := admission.New(admission.Rules{Most: 2}, nil, time.Now)
	c.Acquire("okta")
	if refusal := c.Refuse("okta", false); refusal != nil {
		t.Errorf("the second of two waits: %+v", refusal)
	}
	second := c.Acquire("okta")
	if c.Refuse("okta", true) == nil {
		t.Error("the third of two may begin")
	}
	if second.Release(); c.Refuse("okta", true) != nil {
		t.Error("with a free slot it waits")
	}
}
