package scenario

// The own organisation of the story, Hinata Electric: what its configuration
// says under "own", and the two hosts that get into trouble.
const (
	OwnNetwork = "203.0.113.0/26"
	OwnDomain  = "hinata.example"
	Camera     = "203.0.113.20" // web camera of a branch: Kagerou gets in
	Office     = "203.0.113.31" // PC of the office: Sazanami's mail is opened there
)
