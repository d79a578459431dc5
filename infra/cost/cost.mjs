/**
 * What an environment costs a month, in US dollars: `node infra/cost/cost.mjs [MILLIONS OF REQUESTS …]`.
 *
 * Prices are in prices.json, with their date; what a request takes is in workload.json, as the benchmarks and the log
 * lines of a deployment have it. Change those to your own and run it again.
 */

import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const prices = read('prices.json');
const { hoursPerMonth, requests, schedules, environment } = read('workload.json');

const gbSeconds = (memoryMb, billedMs, count) => (memoryMb / 1024) * (billedMs / 1000) * count;
const GB = 1e9;

/** Everything that is paid for, by part. */
function month(millions) {
    const count = millions * 1e6;
    const perSecond = count / (hoursPerMonth * 3600);
    const acu = Math.max(environment.acuMin, perSecond / environment.requestsPerSecondPerAcu);
    const runs = schedules.reduce((sum, one) => sum + one.runsPerMonth, 0);
    const lambda = (memoryMb, billedMs, number) =>
        gbSeconds(memoryMb, billedMs, number) * prices.lambda.perGbSecondArm64;
    const scheduled = schedules.reduce((sum, one) => sum + lambda(one.memoryMb, one.billedMs, one.runsPerMonth), 0);
    const { aurora, rdsProxy, elastiCacheServerlessValkey: cache } = prices;
    return {
        api: millions * prices.httpApi.perMillionRequests,
        functions:
            lambda(requests.memoryMb, requests.billedMs, count) +
            scheduled +
            (millions + runs / 1e6) * prices.lambda.perMillionRequests,
        rateLimits: millions * requests.limitWrites * prices.dynamoDb.perMillionWrites,
        database:
            acu * environment.databaseInstances * aurora.perAcuHour * hoursPerMonth +
            environment.databaseGb * aurora.perGbMonth +
            millions * requests.databaseIos * aurora.perMillionIos,
        proxy: Math.max(rdsProxy.acuMin, acu * environment.databaseInstances) * rdsProxy.perAcuHour * hoursPerMonth,
        cache:
            cache.gbMin * cache.perGbHour * hoursPerMonth + millions * requests.cacheCommands * cache.perMillionEcpus,
        network:
            environment.natGateways * prices.nat.perHour * hoursPerMonth +
            environment.natGbPerMonth * prices.nat.perGb +
            environment.interfaceEndpoints *
                environment.availabilityZones *
                prices.interfaceEndpoint.perHour *
                hoursPerMonth +
            ((count * requests.replyBytes) / GB) * prices.dataOut.perGb,
        logs: ((count * requests.logBytes) / GB) * prices.logs.perGbIn,
        rest:
            environment.secrets * prices.secret.perMonth +
            prices.key.perMonth +
            environment.alarms * prices.alarm.perMonth +
            environment.dashboards * prices.dashboard.perMonth,
    };
}

const asked = process.argv.slice(2).map(Number);
const cents = (dollars) => Math.round(dollars * 100) / 100;
for (const millions of asked.length > 0 ? asked : [0, 1, 100]) {
    if (!(millions >= 0)) {
        throw new Error('how many million requests a month?');
    }
    const parts = month(millions);
    const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
    const rounded = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, cents(part)]));
    console.log(JSON.stringify({ millionRequests: millions, total: cents(total), ...rounded }));
}
