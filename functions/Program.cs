using Pipeline.Functions.Local;
await using var server = await LedgerServer.StartAsync(new(PipelineHome.Resolve(), 7071, true), Console.Error.WriteLine, default);
Console.Error.WriteLine(server.Url);
await server.Completion;
