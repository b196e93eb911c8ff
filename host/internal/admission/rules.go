package admission

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
)

const (
	mib = int64(1) << 20
	// unseenMemory is what a program of a connector is expected to take at first.
	unseenMemory = 64 * mib
	// leastReserve and mostReserve bound the tenth of all memory that stays free.
	leastReserve, mostReserve = 128 * mib, 1024 * mib
	// pressed is the share of time in which programs wait for a processor from which on more runs finish no earlier.
	pressed = 0.9
	// busy is the share of the processors from which on the programs of runs are a reason
	// for that. Below it runs mostly wait for vendors.
	busy = 0.5
	// pressedRuns is how many runs a processor go on then.
	pressedRuns = 8
	// blindRuns is how many runs a processor go on where free memory is unknown.
	blindRuns = 8
	// peoplesShare is the part of all runs that only people may start: one in 16.
	peoplesShare = 16
)

// Machine is what was measured of this machine.
type Machine struct {
	Processors int
	Total      int64   // bytes of memory that programs can have; 0 = not known
	Free       int64   // bytes of it that they may still take
	Pressure   float64 // share of the last seconds in which a program waited for a processor
}

// Load is what the runs that go on take.
type Load struct {
	Running  int     // runs
	Starting int     // runs whose program has not introduced itself yet
	Growth   int64   // bytes that their programs may still come to take
	Busy     float64 // share of the processors that their programs take
}

// Demand is the run that wants to begin.
type Demand struct {
	Person bool  // a person asked for it
	Memory int64 // bytes that its program is expected to take
}

// Refusal says what a run waits for.
type Refusal struct {
	For string // host.WaitsForSlot, host.WaitsForMemory or host.WaitsForProcessor
	Why string
}

// Rules say how many runs may go on.
type Rules struct {
	Most int // runs at one moment
}

// Scheduled returns below how many runs one of the schedule may begin.
func (r Rules) Scheduled() int { return r.Most - r.Most/peoplesShare }

// Refuse returns why a run may not begin now, nil when it may.
func (r Rules) Refuse(m Machine, l Load, d Demand) *Refusal {
	most, starts, spare := r.Scheduled(), max(m.Processors, 1), 0
	if d.Person {
		most, spare = r.Most, 1
	}
	isPressed := m.Pressure >= pressed
	if isPressed {
		starts = 1
	}
	reserve := min(max(m.Total/10, leastReserve), mostReserve)
	blindly, pressedly := blindRuns*max(m.Processors, 1), pressedRuns*max(m.Processors, 1)
	switch {
	case l.Running == 0:
		return nil
	case l.Running >= most:
		return refuse(host.WaitsForSlot, "a free slot: at most %s may run at once", syncs(most))
	case l.Starting >= starts+spare:
		return refuse(host.WaitsForSlot, "its turn: %s just starting", connectors(l.Starting))
	case m.Total == 0 && l.Running >= blindly:
		return refuse(host.WaitsForMemory, "memory: this system does not tell how much is free, so at most %s run at once", syncs(blindly))
	case m.Total > 0 && m.Free-l.Growth-d.Memory < reserve:
		const why = "memory: %d MiB are free; the running syncs may still take %d MiB, it may take %d MiB, and %d MiB stay free"
		return refuse(host.WaitsForMemory, why, max(m.Free, 0)/mib, l.Growth/mib, d.Memory/mib, reserve/mib)
	case isPressed && l.Busy >= busy && !d.Person && l.Running >= pressedly:
		const why = "a processor: the running syncs take %.0f %% of all, and programs wait for one %.0f %% of the time, so at most %s run at once"
		return refuse(host.WaitsForProcessor, why, 100*l.Busy, 100*m.Pressure, syncs(pressedly))
	}
	return nil
}

func refuse(what, why string, args ...any) *Refusal {
	return &Refusal{For: what, Why: fmt.Sprintf("waits for "+why, args...)}
}

func syncs(n int) string {
	if n == 1 {
		return "1 sync"
	}
	return fmt.Sprintf("%d syncs", n)
}

func connectors(n int) string {
	if n == 1 {
		return "1 connector is"
	}
	return fmt.Sprintf("%d connectors are", n)
}
