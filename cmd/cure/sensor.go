package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ops"
	"github.com/opencure/cure/internal/sensor"
)

type sensorCmd struct {
	Allport sensorAllportCmd `cmd:"" help:"Write down the first bytes that come to ports, TCP and UDP; answers nothing."`
	Amppot  sensorAmppotCmd  `cmd:"" help:"Play services that reflect (DNS, NTP …), to see floods with forged senders."`
}

// sensorLog is where a sensor listens and writes.
type sensorLog struct {
	Listen []string `required:"" help:"[HOST:]PORT or [HOST:]LOW-HIGH, behind tcp/ or udp/ where only that; without a host the loopback. Several between commas." placeholder:"ADDRESS"`
	Out    string   `default:"-" help:"Log to add lines to; '-' is standard output." placeholder:"FILE.jsonl"`
	Name   string   `help:"Name of this sensor, in each line; the publisher masks it." placeholder:"NAME"`
}

// running is a sensor whose sockets are open.
type running interface {
	Addresses() []net.Addr
	Serve(context.Context) error
}

// run opens the log and the sensor and serves until it is interrupted.
func (c *sensorLog) run(e *env, open func(sensor.Config) (running, error)) error {
	if err := cure.CheckName("the name of the sensor", c.Name); err != nil {
		return err
	}
	cfg, err := e.config()
	if err != nil {
		return err
	}
	logger, err := ops.NewLogger(e.err, cfg.Logging.Level, cfg.Logging.Format)
	if err != nil {
		return err
	}
	out := e.out
	if c.Out != "-" {
		f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return cure.Errorf(cure.Invalid, "open the log: %w", err)
		}
		defer f.Close()
		out = io.Writer(f)
	}
	s, err := open(sensor.Config{Listen: c.Listen, Name: c.Name, Out: out, Now: e.now, Logger: logger})
	if err != nil {
		return err
	}
	all := s.Addresses()
	for i, a := range all {
		if i == 8 {
			fmt.Fprintf(e.err, "and at %d more\n", len(all)-i)
			break
		}
		fmt.Fprintf(e.err, "listens at %s/%s\n", a.Network(), a)
	}
	return s.Serve(e.ctx)
}

type sensorAllportCmd struct{ sensorLog }

// Help teaches by example.
func (sensorAllportCmd) Help() string {
	return `Takes the first 4 KiB of each connection and datagram, reads how TLS is opened
(name, JA3), and writes a line; nothing is answered. At most 1,024 connections are
open, 64 of one address; each ends after ten seconds of silence, or one behind the
first bytes. On Linux a machine may redirect all its TCP ports to one: the line has
the port that was meant. It needs no root for ports above 1023.

  cure sensor allport --listen 192.0.2.10:2000-2100 --out allport.jsonl
  cure sensor allport --listen tcp/192.0.2.10:9999,udp/192.0.2.10:53
  cure publish allport --source allport/sapporo1 --follow allport.jsonl`
}

// Run listens.
func (c *sensorAllportCmd) Run(e *env) error {
	return c.run(e, func(cfg sensor.Config) (running, error) { return sensor.OpenPorts(cfg) })
}

type sensorAmppotCmd struct {
	sensorLog
	Answer bool `help:"Answer DNS, NTP and CHARGEN, never with more bytes than were asked with, three times a minute to one network and 100 times a second at most: scanners look for who answers."`
}

// Help teaches by example.
func (sensorAmppotCmd) Help() string {
	return `Takes requests to services that answer more than they are asked, and writes those
that are alike within a second as one line. The sender of a flood is forged: it is
the victim. Nothing is answered without --answer. Which service it is says the port,
or a name before it: qotd, chargen, dns, tftp, portmap, ntp, netbios, snmp, cldap,
rip, mssql, ssdp, ard, wsd, sip, mdns, coap, memcached.

  cure sensor amppot --listen 192.0.2.10:53,192.0.2.10:123 --out amppot.jsonl
  cure sensor amppot --listen dns=192.0.2.10:5300 --answer
  cure publish amppot --source amppot/hinata --follow amppot.jsonl`
}

// Run listens.
func (c *sensorAmppotCmd) Run(e *env) error {
	return c.run(e, func(cfg sensor.Config) (running, error) {
		cfg.Answer = c.Answer
		return sensor.OpenReflector(cfg)
	})
}
