package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host/display"
)

// ActorKind says what acts.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson    ActorKind = "person"    // at a screen or a terminal
	ActorToken     ActorKind = "token"     // a program that presents an API token
	ActorSchedule  ActorKind = "schedule"  // the time of a connection came
	ActorAgent     ActorKind = "agent"     // the host itself: its upkeep, a rollback
	ActorConnector ActorKind = "connector" // a connector's program
	ActorAssistant ActorKind = "assistant" // a client of a language model that asks for a person
)

// The ways in which an actor is authenticated.
const (
	AuthLocal  = "local process" // it is, or was started by, the process that owns the data directory
	AuthSocket = "socket peer"   // the system says which user is at the other end of the socket
	AuthLink   = "one-time link" // the browser opened a link that was made on this machine
	AuthToken  = "API token"
)

// Actor is who or what does something.
type Actor struct {
	Kind ActorKind `json:"kind" enum:"person,token,schedule,agent,connector,assistant"`
	ID   string    `json:"id,omitempty" doc:"Of the person's user on this machine, the token or the connector; of an assistant the name of its client"`
	Name string    `json:"name,omitempty" doc:"For people; absent when only the id is known. Of an assistant the person who runs it"`
	Auth string    `json:"auth" doc:"How it was authenticated: local process, socket peer, one-time link or API token"`
}

// ScheduleActor is the actor of what runs because its time came.
func ScheduleActor() Actor { return Actor{Kind: ActorSchedule, Auth: AuthLocal} }

// AgentActor is the actor of what the host does by itself.
func AgentActor() Actor { return Actor{Kind: ActorAgent, Auth: AuthLocal} }

// Validate returns what is wrong with an actor, or nil.
func (a Actor) Validate() error {
	named := a.Kind != ActorSchedule && a.Kind != ActorAgent
	switch {
	case !slices.Contains([]ActorKind{ActorPerson, ActorToken, ActorSchedule, ActorAgent, ActorConnector, ActorAssistant}, a.Kind):
		return Invalid("actor.kind", string(a.Kind), "must be person, token, schedule, agent, connector or assistant")
	case !slices.Contains([]string{AuthLocal, AuthSocket, AuthLink, AuthToken}, a.Auth):
		return Invalid("actor.auth", a.Auth, "must say how the actor was authenticated")
	case named && a.ID == "":
		return Invalid("actor.id", a.ID, "is missing: a "+string(a.Kind)+" has one")
	case !named && a.ID+a.Name != "":
		return Invalid("actor.id", a.ID+a.Name, "is none of the "+string(a.Kind)+"'s")
	case display.Visible(a.ID) != a.ID || display.Visible(a.Name) != a.Name:
		return Invalid("actor.name", display.Visible(a.ID+" "+a.Name), "holds hidden characters")
	case (a.Kind == ActorToken) != (a.Auth == AuthToken):
		return Invalid("actor.auth", a.Auth, "must be "+AuthToken+" for a token, and for nothing else")
	}
	return nil
}

// String names an actor for people, as in "started by anna (this machine)".
func (a Actor) String() string {
	name := a.Name
	if name == "" {
		name = a.ID
	}
	switch {
	case a.Kind == ActorSchedule:
		return "the schedule"
	case a.Kind == ActorAgent:
		return "Plumbline itself"
	case a.Kind == ActorToken:
		return "the token " + name
	case a.Kind == ActorConnector:
		return "the connector " + name
	case a.Kind == ActorAssistant && a.Name != "":
		return "the assistant " + a.ID + ", run by " + a.Name
	case a.Kind == ActorAssistant:
		return "the assistant " + a.ID
	case a.Auth == AuthLink:
		return name + " (browser)"
	}
	return name + " (this machine)"
}

type actorKey struct{}

// WithActor returns a context in which actor acts. It panics when the actor is not
// valid: the code that names an actor has authenticated it.
func WithActor(ctx context.Context, actor Actor) context.Context {
	if err := actor.Validate(); err != nil {
		panic(fmt.Sprintf("actor %+v: %v", actor, err))
	}
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom returns the actor of a context, false when it has none.
func ActorFrom(ctx context.Context) (Actor, bool) {
	actor, ok := ctx.Value(actorKey{}).(Actor)
	return actor, ok
}

// Acting returns the actor of a context, or the problem that it has none. Each use case
// that changes something calls it first.
func Acting(ctx context.Context) (Actor, error) {
	if actor, ok := ActorFrom(ctx); ok {
		return actor, nil
	}
	return Actor{}, &Problem{
		Code:    CodeNoActor,
		Message: "it is not known who asks for this change, so it was not made",
		Remedy:  "Report this: every way into Plumbline names who uses it.",
		Fault:   FaultHost,
		Retry:   RetryNever,
	}
}
