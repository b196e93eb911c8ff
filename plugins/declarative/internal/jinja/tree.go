package jinja

// Node is a part of an expression.
type Node interface{}

// Literal is a text, an int64, a float64, a bool, or nil.
type Literal struct{ Value any }

// Name is a variable.
type Name struct{ Name string }

// Attr is a member by name: of.name.
type Attr struct {
	Of   Node
	Name string
}

// Item is a member by an expression: of[index].
type Item struct{ Of, Index Node }

// Slice is of[from:to]; From and To may be nil.
type Slice struct{ Of, From, To Node }

// Call is a call with arguments.
type Call struct {
	Of    Node
	Args  []Node
	Named map[string]Node
}

// Filter is of|name(args).
type Filter struct {
	Of    Node
	Name  string
	Args  []Node
	Named map[string]Node
}

// Test is of is name(args).
type Test struct {
	Of   Node
	Name string
	Args []Node
	Not  bool
}

// Unary is not or -.
type Unary struct {
	Op string
	Of Node
}

// Binary is an operator with two sides.
type Binary struct {
	Op          string
	Left, Right Node
}

// Cond is then if if else else; Else may be nil.
type Cond struct{ If, Then, Else Node }

// List is [a, b] or (a, b).
type List struct{ Items []Node }

// Dict is {a: b}.
type Dict struct{ Keys, Values []Node }

// Template is texts and expressions, one after the other. A text is a Literal.
type Template struct{ Parts []Node }

// Whole returns the one expression that a template is, or false.
func (t Template) Whole() (Node, bool) {
	if len(t.Parts) != 1 {
		return nil, false
	}
	if _, text := t.Parts[0].(Literal); text {
		return nil, false
	}
	return t.Parts[0], true
}

// Text returns the text of a template without expressions, or false.
func (t Template) Text() (string, bool) {
	switch len(t.Parts) {
	case 0:
		return "", true
	case 1:
		if literal, ok := t.Parts[0].(Literal); ok {
			text, isText := literal.Value.(string)
			return text, isText
		}
	}
	return "", false
}
