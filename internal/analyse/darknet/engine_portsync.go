package darknet

// NewPortsync makes the engine "portsync": for each port it tests whether its
// sources act in step ([synchronyOf]) and whether they are more than at the
// same hour of past days (negative binomial, over a window, an hour and a
// day), and believes the tests of a window together at [FalseShare]. It names
// the port directly and costs O(cells) a window. It has no paper mode: it is
// not published.
//
// Sources are counted by /24 network. Listed scanners, ports whose packets go
// to one address, and crowds of one /16 do not alarm. Nothing alarms before a
// day of windows has been seen.
func NewPortsync(Settings) Engine {
	return &watchman{name: "portsync", sync: true, caution: caution{burst: 0.5, least: 6}, k: newTracker()}
}
