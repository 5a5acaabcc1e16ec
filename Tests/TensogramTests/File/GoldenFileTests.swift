import Testing

@testable import Tensogram

/// Messages that the published package wrote.
@Suite struct GoldenFileTests {
  @Test(arguments: [
    ("hash_xxh3", 1, 1), ("mars_metadata", 1, 1), ("multi_message", 2, 1), ("multi_object", 1, 3),
    ("multi_object_xxh3", 1, 3), ("simple_f32", 1, 1),
  ])
  func open(name: String, messages: Int, objects: Int) throws {
    let file = try TensogramFile(opening: Fixture.path("golden/\(name).tgm"))
    #expect(try file.messageCount() == messages)
    for index in 0..<messages {
      let message = try file.message(index)
      #expect(message.objects.count == objects)
      #expect(message.metadata.base.count == objects)
      for object in 0..<objects { try message.reader.verifyHash(object) }
    }
  }

  @Test func values() throws {
    let message = try TensogramFile(opening: Fixture.path("golden/multi_object.tgm")).message(0).reader
    #expect(try message.elements(0, as: Float.self) == [1.5, 2.5])
    #expect(try message.elements(1, as: Int64.self) == [100, -200, 300])
    #expect(try message.elements(2, as: UInt8.self) == [10, 20, 30, 40, 50])
  }
}
