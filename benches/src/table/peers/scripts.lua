-- The workloads of the table.

function fib_data() end
function mix_data() end

function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

function mix(n)
  local x = 0
  for i = 0, n - 1 do
    if i % 3 == 0 then
      x = (x * 31 + i) % 1000003
    else
      x = x + i % 7
    end
  end
  return x
end

local rows, texts, context

function records_data(count)
  local states = { "Open", "Closed", "Pending" }
  rows = {}
  for i = 0, count - 1 do
    rows[i + 1] = {
      id = i, name = "record-" .. i, status = states[i % 3 + 1], score = i * 7919 % 101,
      value = i % 1000 + 0.5, tags = { "t" .. i % 7, "common" },
    }
  end
end

function records()
  local taken = {}
  for _, row in ipairs(rows) do
    if row.status == "Open" and row.score > 50 then
      taken[#taken + 1] = { name = row.name, total = row.value * 1.2 }
    end
  end
  local total = 0.0
  for _, item in ipairs(taken) do total = total + item.total end
  local groups = {}
  for _, row in ipairs(rows) do groups[row.status] = (groups[row.status] or 0) + 1 end
  return math.floor(total) + groups.Open
end

function strings_data(count)
  texts = {}
  for i = 0, count - 1 do texts[i + 1] = "alpha beta" .. i % 10 .. " gamma delta-" .. i end
end

function strings()
  local made = {}
  for i, text in ipairs(texts) do
    local parts = {}
    for part in text:gmatch("[^ ]+") do parts[#parts + 1] = part:upper() end
    made[i] = "id:" .. table.concat(parts, "-")
  end
  local length = 0
  for _, text in ipairs(made) do length = length + #text end
  return length
end

function template_data()
  context = {
    entity = { name = "Ada Lovelace", id = 4211, owner = { email = "ada@example.org" } },
    steps = {
      query = { totalCount = 1742 },
      fetch = { status = 200, url = "https://api.example.org/v1/things" },
    },
    variables = { region = "eu-west-1", env = { name = "production" } },
  }
end

function template(count)
  local text
  for _ = 1, count do
    text = "Hello " .. context.entity.name .. " (#" .. context.entity.id .. "), owner " ..
      context.entity.owner.email .. ": found " .. context.steps.query.totalCount ..
      " results with status " .. context.steps.fetch.status .. " from " ..
      context.steps.fetch.url .. " in " .. context.variables.region .. "/" ..
      context.variables.env.name .. "."
  end
  return #text
end
