import { escapeLua } from './escape-lua.ts';

/**
 * The script that reads `nseData` and says, inside Nmap's own output, how a scan departs from a baseline. It sends
 * nothing: it only looks at what Nmap has found. The same for every baseline but for the path of its data.
 *
 * Written for Lua 5.3 and 5.4 (Nmap 7.80 on). What counts as a departure is what `deviations` counts: a port is
 * spoken of inside the coverage of its host only, a guess from the port number is no service, and what one side
 * does not name is a gap in detection. Strings compare as they are: Nmap keeps no byte of a service's words that is
 * not printable ASCII (portlist.cc, `cstringSanityCheck`: it becomes a dot), so XML and Lua say the same.
 * @param dataFile where the data is unless the argument `tidemark.data` says otherwise
 */
export function nseScript(dataFile: string): string {
  return `${HEAD}\nlocal DATA_FILE = "${escapeLua(dataFile)}"\n${BODY}`;
}

const HEAD = String.raw`local io = require "io"
local nmap = require "nmap"
local os = require "os"
local stdnse = require "stdnse"
local string = require "string"
local table = require "table"

description = [[
Says how hosts and ports depart from a Tidemark baseline: ports that are open and not expected, expected ports that
are closed or filtered, services, products and versions that are others than expected, hosts that the baseline does
not know, and network cards that changed. Reads the baseline from a text file that "tidemark nse" writes. Sends
nothing: it only looks at what the scan found, so versions are compared when Nmap was asked for them (-sV).
]]

---
-- @usage nmap -sV --script ./tidemark-baseline.nse TARGET
-- @usage nmap -sV --script ./tidemark-baseline.nse --script-args tidemark.data=/etc/tidemark/baseline.tsv TARGET
-- @args tidemark.data The data file (default: where "tidemark nse" wrote it).
-- @output
-- PORT     STATE SERVICE VERSION
-- 4444/tcp open  http    SimpleHTTPServer 0.6 (Python 3.11.2)
-- | tidemark-baseline:
-- |_  not in baseline v7: 4444/tcp open (http SimpleHTTPServer 0.6)
-- @xmloutput
-- <elem key="baseline">7</elem>
-- <table key="deviations">
--   <table>
--     <elem key="kind">port-opened</elem>
--     <elem key="port">4444/tcp</elem>
--     <elem key="observed">open (http SimpleHTTPServer 0.6)</elem>
--     <elem key="message">not in baseline v7: 4444/tcp open (http SimpleHTTPServer 0.6)</elem>
--   </table>
-- </table>

author = "Tidemark"
license = "Apache-2.0"
categories = {"safe"}

-- Scripts that find out versions run first: those of category "version" in Nmap 7.93, and two that came later.
dependencies = {
  "allseeingeye-info", "amqp-info", "bacnet-info", "cccam-version", "db2-das-info", "docker-version", "drda-info",
  "enip-info", "fingerprint-strings", "fox-info", "freelancer-info", "hartip-info", "http-server-header",
  "http-trane-info", "https-redirect", "iax2-version", "ike-version", "jdwp-version", "maxdb-info",
  "mcafee-epo-agent", "mqtt-subscribe", "murmur-version", "ndmp-version", "netbus-version", "omron-info",
  "openlookup-info", "oracle-tns-version", "ovs-agent-version", "pptp-version", "quake1-info", "quake3-info",
  "rfc868-time", "rpc-grind", "rpcinfo", "s7-info", "skypev2-version", "snmp-info", "stun-version",
  "teamspeak2-version", "tftp-version", "ubiquiti-discovery", "ventrilo-info", "vmware-version", "wdb-version",
  "weblogic-t3-info", "xmpp-info",
}
`;

const BODY = String.raw`
-- Bytes of a value that are printed; the scan and the baseline have the whole.
local LONGEST = 120

-- What begins the record of a port; its fields are read later.
local PORT_LINE = "^port\t%d+/%l+\t[%w\\]+\t"

-- Loading -------------------------------------------------------------------

local function decode(field)
  return (field:gsub("\\(%d%d%d)", function(digits) return string.char(tonumber(digits) % 256) end))
end

local function split(line)
  local fields = {}
  for field in (line .. "\t"):gmatch("([^\t]*)\t") do fields[#fields + 1] = decode(field) end
  return fields
end

-- A field that is empty when there is nothing to say.
local function given(field)
  if field ~= "" then return field end
end

local function ranges(text)
  local list = {}
  for part in text:gmatch("[^,]+") do
    local from, to = part:match("^(%d+)%-(%d+)$")
    list[#list + 1] = { from = assert(tonumber(from or part)), to = assert(tonumber(to or part)) }
  end
  return list
end

local readers = {}

function readers.baseline(data, f)
  data.version, data.ends = assert(tonumber(f[2])), tonumber(f[4])
end

function readers.coverage(data, f)
  data.coverage[f[2]] = { protocol = f[3], ranges = ranges(f[4]) }
end

function readers.host(data, f)
  local host = { gone = f[3] == "gone", mac = given(f[4]), lines = {}, coverage = {} }
  for number in f[5]:gmatch("%d+") do
    host.coverage[#host.coverage + 1] = assert(data.coverage[number])
  end
  assert(not data.hosts[f[2]])
  data.hosts[f[2]] = host
  data.current = host
  data.count = data.count + 1
end

readers["end"] = function(data, f)
  assert(tonumber(f[2]) == data.count)
  data.complete = true
end

-- The baseline in the file, or nil and what is wrong. Nothing of the file is ever compiled or run.
local function load_data(path)
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local data = { hosts = {}, coverage = {}, count = 0 }
  local number = 0
  local ok = pcall(function()
    for line in file:lines() do
      number = number + 1
      local host = data.current
      if number == 1 then assert(line == "tidemark-baseline\t1")
      elseif host and line:find(PORT_LINE) and not data.complete then host.lines[#host.lines + 1] = line
      else
        assert(not data.complete)
        local f = split(line)
        readers[f[1]](data, f)
      end
    end
  end)
  file:close()
  if not ok then return nil, string.format("line %d is not one of a baseline that this script can read", number) end
  if not (data.complete and data.version) then return nil, "the file was cut short" end
  return data
end

local function read_port(line)
  local f = split(line)
  local number, protocol = f[2]:match("^(%d+)/(%l+)$")
  return {
    key = f[2], number = tonumber(number), protocol = protocol, state = f[3], habit = f[4] == "habit",
    method = given(f[5]), tunnel = given(f[6]), name = given(f[7]), product = given(f[8]), version = given(f[9]),
  }
end

-- What is expected of an address. The lines of its ports are read when first asked for: a scan meets few of the
-- hosts of a large baseline.
local function known_host(data, address)
  local host = data.hosts[address]
  if host and not host.ports then
    host.ports = {}
    for index, line in ipairs(host.lines) do
      local port = read_port(line)
      host.ports[index], host.ports[port.key] = port, port
    end
    host.lines = nil
  end
  return host
end

-- Read once a scan, whichever rule comes first.
local function baseline()
  local registry = nmap.registry
  if registry.tidemark == nil then
    local path = stdnse.get_script_args("tidemark.data") or DATA_FILE
    local data, why = load_data(path)
    registry.tidemark = { data = data, path = path, why = why }
  end
  return registry.tidemark.data, registry.tidemark
end

-- Words ---------------------------------------------------------------------

-- Printable ASCII only, whatever a scanned host said.
local function shown(text)
  local clipped = text:sub(1, LONGEST)
  local out = clipped:gsub("[^ -~]", function(byte) return string.format("\\x%02x", byte:byte()) end)
  return #clipped < #text and out .. "..." or out
end

local function service_words(service)
  local words = {}
  if service.name then words[1] = (service.tunnel and service.tunnel .. "/" or "") .. service.name end
  words[#words + 1] = service.product
  words[#words + 1] = service.version
  return shown(table.concat(words, " "))
end

local function with_service(state, service)
  local words = service_words(service)
  return words == "" and state or string.format("%s (%s)", state, words)
end

-- What Nmap found out about an open port, in the terms of a baseline.
local function observed_service(port)
  local v = port.version or {}
  return {
    method = v.service_dtype,
    tunnel = v.service_tunnel == "ssl" and "ssl" or nil,
    name = v.name,
    product = v.product,
    version = v.version,
    strange = v.service_fp ~= nil,
  }
end

-- Comparing -----------------------------------------------------------------

local function deviation(kind, port, expected, observed, message)
  local row = stdnse.output_table()
  row.kind = kind
  row.port = port
  row.expected = expected
  row.observed = observed
  row.message = message
  return row
end

local function covers(host, number, protocol)
  for _, coverage in ipairs(host.coverage) do
    if coverage.protocol == protocol then
      for _, range in ipairs(coverage.ranges) do
        if number >= range.from and number <= range.to then return true end
      end
    end
  end
  return false
end

local function is_named(service)
  return service.name ~= nil and service.method ~= "table"
end

-- The strongest thing in which a service is another than expected. What one side does not name is a gap in
-- detection, unless the service answered and Nmap did not know what it said.
local function service_change(expected, observed)
  local function differs(field, strange_counts)
    if expected[field] == nil then return false end
    if observed[field] == nil then return strange_counts and observed.strange end
    return expected[field] ~= observed[field]
  end
  if is_named(expected) then
    if is_named(observed) then
      if expected.name ~= observed.name or expected.tunnel ~= observed.tunnel then return "service-changed" end
    elseif observed.strange then return "service-changed" end
  end
  if observed.method == "table" and not observed.strange then return nil end
  if differs("product", true) then return "product-changed" end
  if differs("version", false) then return "version-changed" end
end

local function port_deviations(data, known, port)
  local key = port.number .. "/" .. port.protocol
  local expected = known.ports[key]
  local observed = observed_service(port)
  if expected == nil or expected.state ~= "open" then
    if expected == nil and not covers(known, port.number, port.protocol) then return {} end
    local now = with_service("open", observed)
    local was = expected and shown(expected.state) or nil
    local message = was and string.format("baseline v%d expects %s %s: it is %s", data.version, key, was, now)
      or string.format("not in baseline v%d: %s %s", data.version, key, now)
    return { deviation("port-opened", key, was, now, message) }
  end
  local kind = service_change(expected, observed)
  if kind == nil then return {} end
  local was, now = service_words(expected), service_words(observed)
  if now == "" then now = "something that Nmap does not recognise" end
  return { deviation(kind, key, was, now,
    string.format("baseline v%d expects %s on %s: it is %s", data.version, was, key, now)) }
end

local KINDS = { closed = "port-closed", filtered = "port-filtered" }

-- Expected ports that were probed and are not open. Of what was not probed Nmap has no state.
local function missing_ports(data, known, host, rows)
  for _, expected in ipairs(known.ports) do
    if expected.state == "open" and not expected.habit then
      local port = nmap.get_port_state(host, { number = expected.number, protocol = expected.protocol })
      local state = port and port.number == expected.number and port.state
      if state and state ~= "open" and state ~= "open|filtered" then
        local was = with_service("open", expected)
        rows[#rows + 1] = deviation(KINDS[state] or "port-state-changed", expected.key, was, state,
          string.format("baseline v%d expects %s %s: it is %s", data.version, expected.key, was, state))
      end
    end
  end
end

local function open_ports(host)
  local keys = {}
  for _, protocol in ipairs({ "tcp", "udp", "sctp" }) do
    local port = nmap.get_ports(host, nil, protocol, "open")
    while port do
      keys[#keys + 1] = port.number .. "/" .. port.protocol
      port = nmap.get_ports(host, port, protocol, "open")
    end
  end
  return keys
end

local function host_deviations(data, host)
  local known = known_host(data, host.ip)
  if known == nil or known.gone then
    local open = open_ports(host)
    local now = #open == 0 and "up" or "up with " .. shown(table.concat(open, " ")) .. " open"
    local message = known and string.format("baseline v%d expects this host to be gone: it is %s", data.version, now)
      or string.format("not in baseline v%d: this host, %s", data.version, now)
    return { deviation("host-appeared", nil, known and "gone" or nil, now, message) }
  end
  local rows = {}
  if known.mac and host.mac_addr then
    local mac = (host.mac_addr:gsub(".", function(byte) return string.format("%02X:", byte:byte()) end)):sub(1, -2)
    if mac ~= known.mac then
      rows[1] = deviation("mac-changed", nil, shown(known.mac), mac,
        string.format("baseline v%d expects the MAC address %s: it is %s", data.version, shown(known.mac), mac))
    end
  end
  missing_ports(data, known, host, rows)
  return rows
end

-- Rules ---------------------------------------------------------------------

-- Speaks when the baseline cannot be read or no longer stands as it was written.
prerule = function()
  local data = baseline()
  return data == nil or (data.ends ~= nil and os.time() >= data.ends)
end

hostrule = function() return baseline() ~= nil end

portrule = function(host, port)
  local data = baseline()
  local known = data and known_host(data, host.ip)
  return known ~= nil and not known.gone and port.state == "open"
end

local function before_scan()
  local data, source = baseline()
  local out = stdnse.output_table()
  if data == nil then
    out.error = string.format("no baseline in %s: %s", shown(source.path), shown(source.why))
  else
    out.baseline = tostring(data.version)
    out.error = string.format(
      "an approval in baseline v%d ended at %s, after this file was written: run tidemark nse again",
      data.version, os.date("!%Y-%m-%dT%H:%M:%SZ", data.ends))
  end
  return out, "\n  ERROR: " .. out.error
end

action = function(host, port)
  if SCRIPT_TYPE == "prerule" then return before_scan() end
  local data = baseline()
  local rows
  if port == nil then rows = host_deviations(data, host)
  else rows = port_deviations(data, known_host(data, host.ip), nmap.get_port_state(host, port) or port) end
  if #rows == 0 then return nil end
  local lines = {}
  for _, row in ipairs(rows) do lines[#lines + 1] = "\n  " .. row.message end
  local out = stdnse.output_table()
  out.baseline = tostring(data.version)
  out.deviations = rows
  return out, table.concat(lines)
end
`;
